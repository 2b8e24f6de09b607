"""What the columns of a file mean, and what its rows say; pure, so that preview and import read alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from provider.kernel.errors import N_, Refusal

from .contacts import amount_of, currency_code, emails, phones
from .reading import too_many_cells
from .texts import clean_line, clean_text, folded, lines_of

KEEP: Final = "+"  # a column that is kept as it is, under its own heading
SKIP: Final = ""

# Each kind's fields, with what their columns are called in the wild. The first field is the one that must be there.
FIELDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "salespeople": {
        "name": ("salesagent", "salesperson", "name", "rep", "owner", "姓名", "销售", "销售人员", "業務",
                 "業務人員"),
        "manager": ("manager", "supervisor", "经理", "上级", "主管", "經理"),
        "team": ("team", "regionaloffice", "office", "region", "团队", "区域", "團隊", "區域"),
    },
    "companies": {
        "name": ("account", "company", "companyname", "accountname", "name", "organisation", "organization", "sitename",
                 "customer", "公司", "公司名称", "客户", "客户名称", "名称", "公司名稱", "客戶", "客戶名稱", "名稱"),
        "industry": ("sector", "industry", "行业", "產業", "行業"),
        "phones": ("phone", "telephone", "tel", "mobile", "电话", "手机", "電話", "手機"),
        "emails": ("email", "emailaddress", "mail", "邮箱", "电子邮件", "電子郵件", "信箱"),
        "website": ("website", "url", "web", "网站", "網站"),
        "address": ("address", "officelocation", "location", "地址"),
        "employee_count": ("employees", "employeecount", "headcount", "员工", "员工人数", "員工", "員工人數"),
        "parent": ("subsidiaryof", "parent", "parentcompany", "上级公司", "母公司", "上層公司"),
        "owner": ("owner", "ownedby", "salesagent", "rep", "负责人", "負責人"),
        "external_ref": ("id", "accountid", "companyid", "编号", "編號"),
        "about": ("about", "notes", "description", "备注", "備註"),
    },
    "people": {
        "name": ("name", "contact", "contactname", "fullname", "person", "姓名", "联系人", "聯絡人"),
        "company": ("company", "account", "organisation", "organization", "公司", "公司名称", "公司名稱"),
        "title": ("title", "position", "role", "jobtitle", "职位", "職稱", "職位"),
        "phones": ("phone", "telephone", "mobile", "tel", "电话", "手机", "電話", "手機"),
        "emails": ("email", "emailaddress", "mail", "邮箱", "电子邮件", "電子郵件", "信箱"),
        "address": ("address", "地址"),
        "owner": ("owner", "ownedby", "salesagent", "rep", "负责人", "負責人"),
        "external_ref": ("id", "contactid", "编号", "編號"),
        "about": ("about", "notes", "description", "备注", "備註"),
    },
    "deals": {
        "name": ("name", "deal", "dealname", "opportunity", "opportunityname", "product", "商机", "商机名称",
                 "销售内容", "商機", "商機名稱", "銷售內容"),
        "stage": ("stage", "dealstage", "status", "阶段", "階段"),
        "company": ("account", "company", "customer", "公司", "客户", "客戶"),
        "person": ("contact", "person", "联系人", "聯絡人"),
        "owner": ("salesagent", "owner", "ownedby", "rep", "负责人", "負責人"),
        "amount": ("amount", "closevalue", "value", "price", "金额", "金額"),
        "currency": ("currency", "币种", "幣別"),
        "created_on": ("engagedate", "created", "createdon", "created_at",
                       "新建时间", "新增時間", "创建时间", "建立時間"),
        "expected_close_on": ("expectedclose", "expectedclosedate", "expected", "预计成交", "預計成交"),
        "closed_on": ("closedate", "closed", "closedon", "关闭日期", "結案日期"),
        "reason": ("reason", "lostreason", "原因"),
        "external_ref": ("opportunityid", "dealid", "id", "编号", "編號"),
        "about": ("about", "notes", "description", "备注", "備註"),
    },
}  # fmt: skip
REQUIRED: Final = {"salespeople": ("name",), "companies": ("name",), "people": ("name",), "deals": ("name", "stage")}
_STAGE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "won": ("won", "closedwon", "赢单", "成交", "已成交"),
    "lost": ("lost", "closedlost", "输单", "未成交", "失败"),
}
_OPEN_WORDS: Final[Sequence[tuple[str, ...]]] = (
    ("new", "prospecting", "lead", "新线索", "新線索"),
    ("qualified", "engaging", "contacted", "已确认", "已確認"),
    ("proposal", "quote", "quoted", "已报价", "已報價"),
    ("negotiation", "contract", "谈判", "議價"),
)
MOST_EMPLOYEES: Final = 10_000_000
_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")
_NOT_WORD: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """A stage, as far as a file's words are matched with it."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row: a sentence with its facts. `is_fatal`: the row is left out, else only the value."""

    row: int
    text: str
    facts: dict[str, str] = field(default_factory=dict)
    is_fatal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a file is read: its kind, what each column means, what its words for stages mean, in which money."""

    kind: str
    columns: Sequence[str]
    mapping: Mapping[str, str]  # column number, as text -> field
    stages: Mapping[str, str]
    currency: str


def guess_kind(columns: Sequence[str]) -> str:
    """What a file most likely holds."""
    keys = {_key(column) for column in columns}
    if keys & {*FIELDS["deals"]["stage"]} and keys & {*FIELDS["deals"]["amount"], *FIELDS["deals"]["company"]}:
        return "deals"
    if keys & {"salesagent", "salesperson"} and keys & {*FIELDS["salespeople"]["manager"], "regionaloffice", "team"}:
        return "salespeople"
    if keys & {*FIELDS["people"]["title"], "contact", "contactname", "fullname", "姓名", "联系人", "聯絡人"}:
        return "people"
    return "companies"


def guess_mapping(columns: Sequence[str], *, kind: str) -> dict[str, str]:
    """What each column means; one that nobody knows is kept as it is."""
    taken: set[str] = set()
    mapping: dict[str, str] = {}
    for name, words in FIELDS[kind].items():
        for word in words:
            number = next((n for n, c in enumerate(columns) if _key(c) == word and str(n) not in mapping), None)
            if number is not None and name not in taken:
                mapping[str(number)] = name
                taken.add(name)
    for number, column in enumerate(columns):
        mapping.setdefault(str(number), KEEP if column else SKIP)
    return mapping


def guess_stage(word: str, *, stages: Sequence[StageFacts]) -> str:
    """The stage that a file's word most likely means; '' where none does."""
    key = _key(word)
    for stage in stages:
        if _key(stage.name) == key:
            return stage.id
    for category, words in _STAGE_WORDS.items():
        if key in words:
            return next((stage.id for stage in stages if stage.category == category), "")
    opened = [stage for stage in stages if stage.category == "open"]
    for place, open_words in enumerate(_OPEN_WORDS):
        if key in open_words and place < len(opened):
            return opened[place].id
    return ""


def missing_fields(plan: Plan) -> list[str]:
    """The fields without which the file cannot be read, and that no column means."""
    return [name for name in REQUIRED[plan.kind] if name not in plan.mapping.values()]


def read_row(plan: Plan, *, number: int, cells: Sequence[str]) -> tuple[dict[str, Any] | None, list[Fault]]:
    """What a row says, or None where it cannot be taken; and everything that is wrong with it."""
    if too_many_cells(cells, columns=plan.columns):
        facts = {"cells": str(len(cells)), "columns": str(len(plan.columns))}
        return None, [Fault(number, N_("The row has %(cells)s cells, and there are %(columns)s headings."), facts)]
    values: dict[str, Any] = {"custom": {}}
    faults: list[Fault] = []
    for place, cell in enumerate(cells[: len(plan.columns)]):
        name = plan.mapping.get(str(place), SKIP)
        text = cell.strip()
        if name == SKIP or not text:
            continue
        if name == KEEP:
            values["custom"][plan.columns[place][:80]] = clean_line(text)[:500]
            continue
        fault = _take(values, name=name, text=text, plan=plan, number=number)
        if fault is not None:
            faults.append(fault)
    faults += _missing(values, plan=plan, number=number)
    return (None if any(fault.is_fatal for fault in faults) else values), faults


def _take(values: dict[str, Any], *, name: str, text: str, plan: Plan, number: int) -> Fault | None:
    """Put one cell among the values, or say why not."""
    try:
        values[name] = _value(name, text=text, plan=plan, values=values)
    except Refusal as refusal:
        facts = {"column": name, "value": text[:60]} | {key: str(value) for key, value in refusal.facts.items()}
        return Fault(number, refusal.text, facts, is_fatal=False)
    except ValueError:
        facts = {"value": text[:60]}
        return Fault(number, _NOT_READ[name], facts, is_fatal=name == "stage")
    return None


_NOT_READ: Final = {
    "stage": N_("“%(value)s” is no stage that was chosen for."),
    "employee_count": N_("“%(value)s” is no number; the field stays empty."),
    "created_on": N_("“%(value)s” is no date; write it as 2026-03-02. The field stays empty."),
    "closed_on": N_("“%(value)s” is no date; write it as 2026-03-02. The field stays empty."),
    "expected_close_on": N_("“%(value)s” is no date; write it as 2026-03-02. The field stays empty."),
}


def _value(name: str, *, text: str, plan: Plan, values: Mapping[str, Any]) -> Any:
    if name == "amount":
        return amount_of(text, currency=str(values.get("currency", plan.currency)))
    if name == "stage":
        found = plan.stages.get(clean_line(text), "")
        if not found:
            raise ValueError(text)
        return found
    return _READERS[name](text) if name in _READERS else clean_line(text)[: _LONGEST.get(name, 200)]


def _missing(values: Mapping[str, Any], *, plan: Plan, number: int) -> list[Fault]:
    if not values.get("name"):
        return [Fault(number, N_("The row has no name."))]
    if plan.kind == "deals" and "stage" not in values:
        return [Fault(number, N_("The row has no stage that is known."))]
    return []


def _date(text: str) -> date:
    found = _DATE.fullmatch(folded(text))
    if found is None:
        raise ValueError(text)
    return date(int(found[1]), int(found[2]), int(found[3]))


def _count(text: str) -> int:
    number = int(folded(text).replace(",", ""))
    if not 0 <= number <= MOST_EMPLOYEES:
        raise ValueError(text)
    return number


def _key(text: str) -> str:
    return _NOT_WORD.sub("", folded(text))


_LONGEST: Final = {"external_ref": 80, "industry": 80, "title": 120, "team": 120, "manager": 120}
_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "phones": lambda text: phones(lines_of(text)),
    "emails": lambda text: emails(lines_of(text)),
    "employee_count": _count,
    "created_on": _date,
    "closed_on": _date,
    "expected_close_on": _date,
    "currency": currency_code,
    "about": lambda text: clean_text(text)[:4000],
    "address": lambda text: clean_text(text)[:1000],
}
