"""Made-up customers and deals for trying, showing and measuring: any number, the same for the same seed.

Every name is put together here from syllables and trades; none is taken from a list of real companies or people.
Telephone numbers are of ranges that nobody has, addresses of mail end in `.example`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any, Final

from .pipelines import FIRST_STAGES

DEALS_PER_COMPANY: Final = 4
_BOM: Final = b"\xef\xbb\xbf"
_SHARES: Final = (18, 14, 10, 6, 34, 18)  # of the stages, in per cent: half of the deals are open


@dataclass(frozen=True, slots=True)
class Words:
    """What names are put together from in one language."""

    firsts: Sequence[str]
    seconds: Sequence[str]
    trades: Sequence[str]
    forms: Sequence[str]
    families: Sequence[str]
    givens: Sequence[str]
    needs: Sequence[str]
    titles: Sequence[str]
    reasons: Sequence[str]
    teams: Sequence[str]
    glue: str
    headings: Sequence[str]

    def company(self, number: int) -> str:
        """A name that no other number has, until all are used; then it is numbered."""
        roots = list(product(self.firsts, self.seconds))
        most = len(roots) * len(self.trades)
        lap, place = number // most, number * 7919 % most  # a prime: every combination comes once in a lap
        first, second = roots[place % len(roots)]
        name = self.glue.join((first + second, self.trades[place // len(roots)], self.forms[number % len(self.forms)]))
        return f"{name} {lap + 1}" if lap else name

    def person(self, number: int) -> str:
        """Somebody's name."""
        family = self.families[number * 31 % len(self.families)]
        given = self.givens[number * 17 // len(self.families) % len(self.givens)]
        return f"{given} {family}" if self.glue else family + given


_EN: Final = Words(
    firsts=("Alder", "Briar", "Cobble", "Dun", "Elm", "Fen", "Glen", "Hollow", "Iron", "Juniper", "Kestrel", "Larch"),
    seconds=("bank", "brook", "dale", "field", "gate", "hurst", "lea", "marsh", "mere", "ridge", "stone", "wick"),
    trades=("Fittings", "Freight", "Foods", "Clinics", "Timber", "Packaging", "Instruments", "Print", "Pumps", "Tiles"),
    forms=("Ltd", "& Co", "Works", "Group"),
    families=("Arlow", "Bexter", "Corran", "Delwyn", "Ensley", "Farrick", "Gadsen", "Hollis", "Ivett", "Jessop"),
    givens=("Ada", "Bram", "Cleo", "Dov", "Edda", "Finn", "Greta", "Hal", "Ines", "Joss", "Kit", "Lena", "Milo"),
    needs=("yearly service", "new line", "spare parts", "second site", "quality checks", "pilot", "renewal"),
    titles=("Buyer", "Plant manager", "Owner", "Head of operations", "Accountant"),
    reasons=("Price", "Chose another supplier", "No budget this year", "No answer any more"),
    teams=("North", "South", "Key customers"),
    glue=" ",
    headings=("Company", "Deal name", "Stage", "Amount", "Currency", "Owner", "Contact", "Created", "Expected close",
              "Closed", "Reason", "Number"),
)  # fmt: skip
_HANS: Final = Words(
    firsts=("海", "云", "宏", "瑞", "嘉", "安", "远", "新", "和", "盛", "青", "柏"),
    seconds=("川", "帆", "达", "泽", "拓", "景", "诚", "源", "岭", "禾", "原", "舟"),
    trades=("机电", "物流", "食品", "医疗器械", "建材", "包装", "仪表", "印务", "泵业", "陶瓷"),
    forms=("有限公司", "股份有限公司", "集团", "厂"),
    families=("赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "卫"),
    givens=("敏", "程", "悦", "航", "凯", "桐", "岩", "蕾", "涛", "曦", "宁", "子青", "一帆"),
    needs=("年度维保", "生产线升级", "备件采购", "新厂配套", "质检系统", "样机试用", "续约", "培训"),
    titles=("采购", "厂长", "负责人", "运营主管", "会计"),
    reasons=("价格", "选择了其他供应商", "今年没有预算", "联系不上"),
    teams=("华北", "华南", "重点客户"),
    glue="",
    headings=("公司", "商机名称", "阶段", "金额", "币种", "负责人", "联系人", "创建日期", "预计成交", "成交日期",
              "原因", "编号"),
)  # fmt: skip
_HANT: Final = Words(
    firsts=("海", "雲", "宏", "瑞", "嘉", "安", "遠", "新", "和", "盛", "青", "柏"),
    seconds=("川", "帆", "達", "澤", "拓", "景", "誠", "源", "嶺", "禾", "原", "舟"),
    trades=("機電", "物流", "食品", "醫療器材", "建材", "包裝", "儀器", "印刷", "泵浦", "陶瓷"),
    forms=("有限公司", "股份有限公司", "集團", "工廠"),
    families=("趙", "錢", "孫", "李", "周", "吳", "鄭", "王", "馮", "陳", "衛"),
    givens=("敏", "程", "悅", "航", "凱", "桐", "岩", "蕾", "濤", "曦", "寧", "子青", "一帆"),
    needs=("年度維護", "產線升級", "備品採購", "新廠配套", "品檢系統", "樣機試用", "續約", "訓練"),
    titles=("採購", "廠長", "負責人", "營運主管", "會計"),
    reasons=("價格", "選擇了其他供應商", "今年沒有預算", "聯絡不上"),
    teams=("北區", "南區", "重點客戶"),
    glue="",
    headings=("公司", "商機名稱", "階段", "金額", "幣別", "負責人", "聯絡人", "建立日期", "預計成交", "成交日期",
              "原因", "編號"),
)  # fmt: skip
_LANGUAGES: Final = {"en": _EN, "zh-hans": _HANS, "zh-hant": _HANT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How much is made up, in which language, how it stands on which day. `seed` decides everything else."""

    deals: int
    language: str
    today: date
    currency: str = "CNY"
    seed: int = 1

    @property
    def words(self) -> Words:
        return _LANGUAGES.get(self.language.lower(), _EN)

    @property
    def company_count(self) -> int:
        return max(1, self.deals // DEALS_PER_COMPANY)

    @property
    def owners(self) -> list[str]:
        """The sales people: at least two, at most twelve."""
        return [self.words.person(number + 500) for number in range(min(12, max(2, self.deals // 250)))]


def companies(sample: Sample) -> Iterator[dict[str, Any]]:
    """The companies, as an import would read them."""
    words, dice = sample.words, Random(f"companies {sample.seed}")  # noqa: S311 -- it must repeat
    for number in range(sample.company_count):
        yield {
            "name": words.company(number),
            "phones": [f"021-5550 {number % 10_000:04d}"],
            "emails": [f"office{number}@customer.example"],
            "industry": dice.choice(words.trades),
            "employee_count": dice.choice((4, 9, 15, 30, 60, 120, 400)),
            "tier": dice.choice(("key", "regular", "regular", "small", "small", "")),
            "owner": dice.choice(sample.owners),
        }


def people(sample: Sample) -> Iterator[dict[str, Any]]:
    """One or two people at each company."""
    words, dice = sample.words, Random(f"people {sample.seed}")  # noqa: S311 -- it must repeat
    for number in range(sample.company_count):
        for which in range(dice.choice((1, 1, 2))):
            yield {
                "name": _contact(words, company=number, which=which),
                "company": words.company(number),
                "title": dice.choice(words.titles),
                "phones": [f"199 5550 {number % 10_000:04d}"] if which == 0 else [],
                "emails": [f"contact{number}.{which}@customer.example"],
                "owner": dice.choice(sample.owners),
            }


def deals(sample: Sample) -> Iterator[dict[str, Any]]:
    """The deals of the last year and the next weeks; `stage` is the place of the stage, from 0."""
    words, dice = sample.words, Random(f"deals {sample.seed}")  # noqa: S311 -- it must repeat
    owners = sample.owners
    for number in range(sample.deals):
        company = number % sample.company_count
        place = dice.choices(range(len(FIRST_STAGES)), weights=_SHARES)[0]
        is_open = FIRST_STAGES[place].category == "open"
        age = dice.randrange(2, 40) if is_open else dice.randrange(30, 365)
        made_on = sample.today - timedelta(days=age)
        yield {
            "name": f"{dice.choice(words.needs)} {made_on:%Y-%m}",
            "company": words.company(company),
            "person": _contact(words, company=company, which=0),
            "owner": dice.choice(owners),
            "stage": place,
            "amount": dice.choice((8, 12, 18, 25, 36, 48, 60, 90, 150, 400)) * dice.choice((100, 150, 220)) * 100,
            "currency": sample.currency,
            "created_on": made_on,
            "expected_close_on": sample.today + timedelta(days=dice.randrange(3, 90)) if is_open else None,
            "closed_on": None if is_open else made_on + timedelta(days=dice.randrange(1, min(age, 60))),
            "reason": dice.choice(words.reasons) if FIRST_STAGES[place].category == "lost" else "",
            "external_ref": f"P-{sample.seed}-{number + 1:06d}",
        }


def deals_as_csv(sample: Sample) -> bytes:
    """The deals as a file to import, in their language, with the mark by which Excel knows UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(sample.words.headings)
    for deal in deals(sample):
        stage = FIRST_STAGES[deal["stage"]].name(sample.language)
        amount = f"{deal['amount'] // 100}.{deal['amount'] % 100:02d}"
        days = [
            day.isoformat() if (day := deal[name]) else "" for name in ("created_on", "expected_close_on", "closed_on")
        ]
        writer.writerow(
            [deal["company"], deal["name"], stage, amount, deal["currency"], deal["owner"], deal["person"], *days,
             deal["reason"], deal["external_ref"]]
        )  # fmt: skip
    return _BOM + out.getvalue().encode()


def _contact(words: Words, *, company: int, which: int) -> str:
    return words.person(company * 3 + which)
