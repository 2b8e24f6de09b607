"""How an amount came about, worded in the active language: what "why?" opens on a page and tells a machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from provider.kernel.sentences import Exact, Sentence

from . import formats


class Part(Protocol):
    """One part of a sum, unworded."""

    @property
    def text(self) -> Sentence: ...

    @property
    def amount(self) -> Exact: ...


class Explained(Protocol):
    """An explanation as the rules of billing give it, unworded."""

    @property
    def brief(self) -> Sentence: ...

    @property
    def rule(self) -> Sentence: ...

    @property
    def levels(self) -> Sequence[Sentence]: ...

    @property
    def rows(self) -> Sequence[Part]: ...

    @property
    def exact(self) -> Exact: ...

    @property
    def rounding(self) -> Sentence: ...


@dataclass(frozen=True, slots=True)
class WhyRow:
    """One part of a sum, and what it comes to."""

    text: str
    amount: str


@dataclass(frozen=True, slots=True)
class Why:
    """How an amount came about, in words and figures; `exact` is the sum before rounding."""

    brief: str
    rule: str
    levels: list[str]
    rows: list[WhyRow]
    exact: str
    rounding: str


def why_of(explained: Explained) -> Why:
    """The explanation in the reader's language."""
    return Why(
        brief=formats.sentence(explained.brief),
        rule=formats.sentence(explained.rule),
        levels=[formats.sentence(level) for level in explained.levels],
        rows=[WhyRow(formats.sentence(row.text), formats.exact(row.amount)) for row in explained.rows],
        exact=formats.exact(explained.exact),
        rounding=formats.sentence(explained.rounding),
    )
