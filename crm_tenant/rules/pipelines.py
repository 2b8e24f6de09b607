"""The pipeline that a new workspace begins with, in its account's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStage:
    """A stage of the first pipeline, with its name in the three languages."""

    names: tuple[str, str, str]
    category: str
    probability: int
    age_limit_days: int | None = None

    def name(self, language: str) -> str:
        return self.names[_PLACE.get(language.lower(), 0)]


_PLACE: Final = {"en": 0, "zh-hans": 1, "zh-hant": 2}

FIRST_PIPELINE: Final = ("Sales", "销售", "銷售")
FIRST_STAGES: Final = (
    FirstStage(names=("New", "新线索", "新線索"), category="open", probability=10, age_limit_days=14),
    FirstStage(names=("Qualified", "已确认", "已確認"), category="open", probability=25, age_limit_days=14),
    FirstStage(names=("Proposal", "已报价", "已報價"), category="open", probability=50, age_limit_days=14),
    FirstStage(names=("Negotiation", "谈判", "議價"), category="open", probability=80, age_limit_days=14),
    FirstStage(names=("Won", "赢单", "成交"), category="won", probability=100),
    FirstStage(names=("Lost", "输单", "未成交"), category="lost", probability=0),
)


def pipeline_name(language: str) -> str:
    """What the first pipeline is called."""
    return FIRST_PIPELINE[_PLACE.get(language.lower(), 0)]
