"""Invented names of companies and people, as they would stand on a door in each place; the same ones each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """What names are made of in one place. A company is first part, second part, trade and form."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    trades: tuple[str, ...]
    company: str
    families: tuple[str, ...]
    given: tuple[str, ...]
    person: str
    needs: tuple[str, ...]


MAINLAND: Final = Tongue(
    first=tuple("海云宏瑞嘉安远新和盛博润明锦恒启天泰"),
    second=tuple("川帆达泽拓景诚源林禾岳舟"),
    trades=("机电", "物流", "食品", "医疗器械", "建材", "包装", "仪表", "纺织", "家居", "教育"),
    company="{first}{second}{trade}有限公司",
    families=tuple("赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张"),
    given=("敏", "程远", "悦", "航", "凯", "桐", "岩", "蕾", "涛", "曦", "宁", "卫青", "思远", "雨桐", "一凡", "静怡"),
    person="{family}{given}",
    needs=("年度维保", "生产线升级", "备件采购", "新厂配套", "质检系统", "样机试用", "二期扩容", "培训服务"),
)
TAIWAN: Final = Tongue(
    first=tuple("禾木山海光和宏晨日東安信"),
    second=tuple("田川葉森原野嶼風澄禾"),
    trades=("文具", "食品", "生技", "貿易", "印刷", "咖啡", "設計", "旅行社", "五金"),
    company="{first}{second}{trade}股份有限公司",
    families=tuple("陳林黃張李王吳劉蔡楊許鄭謝郭洪曾葉"),
    given=("書瑋", "語安", "冠廷", "怡君", "承翰", "宜蓁", "柏翰", "佩珊", "家豪", "詠晴", "品妤", "俊宏"),
    person="{family}{given}",
    needs=("年度合約", "門市裝修", "設備汰換", "包裝改版", "教育訓練", "系統導入"),
)
HARBOUR: Final = Tongue(
    first=("Kestrel", "Harbour", "Juniper", "Lantern", "Marlow", "Peak", "Rowan", "Sable", "Tern", "Willow"),
    second=("Bay", "Bridge", "Field", "Gate", "Hill", "Row", "Stone", "Yard"),
    trades=("Trading", "Logistics", "Interiors", "Clinics", "Foods", "Marine", "Print", "Tools"),
    company="{first} {second} {trade} Ltd",
    families=("Kwok", "Chan", "Okafor", "Reed", "Larsen", "Ho", "Singh", "Marsh", "Ferrer", "Yip"),
    given=("Ada", "Ben", "Grace", "Ivan", "Joyce", "Karl", "Mina", "Noel", "Priya", "Tom"),
    person="{given} {family}",
    needs=("Annual service", "New branch", "Fleet renewal", "Pilot", "Spare parts", "Training"),
)
TONGUES: Final[Mapping[str, Tongue]] = {"zh-hans": MAINLAND, "zh-hant": TAIWAN, "en": HARBOUR}


def company_name(language: str, *, dice: Random) -> str:
    """A company's full name."""
    tongue = TONGUES[language]
    parts = {"first": dice.choice(tongue.first), "second": dice.choice(tongue.second)}
    return tongue.company.format(trade=dice.choice(tongue.trades), **parts)


def person_name(language: str, *, dice: Random) -> str:
    """A person's name."""
    tongue = TONGUES[language]
    return tongue.person.format(family=dice.choice(tongue.families), given=dice.choice(tongue.given))


def short_name(company: str) -> str:
    """What people call a company for short: the form of business left out."""
    for ending in ("股份有限公司", "有限公司", " Ltd"):
        company = company.removesuffix(ending)
    return company
