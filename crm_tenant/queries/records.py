"""Companies and people: lists, their pages, what looks alike, and the one search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, Window

from crm_tenant.models import Activity, Company, Deal, Person, Task
from crm_tenant.rules.texts import digits_of, folded, match_key

FOUND: Final = 20
_IMPORTED: Final = "record.imported"
_OPEN_FIRST: Final = F("closed_at").desc(nulls_first=True)


def company_rows() -> QuerySet[Company]:
    """Every company that is not put away."""
    rows: QuerySet[Company] = Company.objects.filter(archived_at=None)
    return rows.select_related("owner", "parent")


def person_rows() -> QuerySet[Person]:
    """Every person who is not put away."""
    rows: QuerySet[Person] = Person.objects.filter(archived_at=None)
    return rows.select_related("owner", "company")


def containing(rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    """Those in whose text every word stands; a telephone number is found by its digits, however it is written.

    A workspace's rows are read one after the other: LIKE is not leakproof, so PostgreSQL does not let it choose rows by
    an index before row-level security has judged them. A workspace is small enough for that.
    """
    for word in folded(words).split()[:6]:
        condition = Q(search_text__contains=word)
        if len(digits_of(word)) >= 3:
            condition |= Q(search_text__contains=digits_of(word))
        rows = rows.filter(condition)
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the one search brought up."""

    companies: list[Company]
    people: list[Person]
    deals: list[Deal]

    @property
    def count(self) -> int:
        return len(self.companies) + len(self.people) + len(self.deals)


def find(words: str, *, limit: int = FOUND) -> Found:
    """Companies, people and deals in whose text all words stand."""
    if not words.strip():
        return Found(companies=[], people=[], deals=[])
    deals = Deal.objects.filter(archived_at=None).select_related("company", "stage")
    return Found(
        companies=list(containing(company_rows(), words).order_by("name", "id")[:limit]),
        people=list(containing(person_rows(), words).order_by("name", "id")[:limit]),
        deals=list(
            containing(deals, words).order_by(F("closed_at").desc(nulls_first=True), "-changed_at", "-id")[:limit]
        ),
    )


def names_like(model: type[Company] | type[Person], words: str, *, limit: int = 12) -> list[str]:
    """Names to choose from while one types."""
    if not words.strip():
        return []
    rows = containing(model.objects.filter(archived_at=None), words)
    return list(dict.fromkeys(rows.order_by("name").values_list("name", flat=True)[:limit]))


def alike(
    model: type[Company] | type[Person],
    *,
    name: str,
    phones: Sequence[str],
    emails: Sequence[str],
    besides: UUID | None = None,
) -> list[Any]:
    """Records that may be the same: the same name in other letters, a telephone number or an address in common."""
    condition = Q(match_key=match_key(name)) if name.strip() else Q(pk=None)
    for phone in phones:
        if len(digits_of(phone)) >= 6:
            condition |= Q(search_text__contains=digits_of(phone))
    for email in emails:
        condition |= Q(emails__contains=[folded(email)])
    rows = model.objects.filter(condition, archived_at=None)
    rows = rows.exclude(pk=besides) if besides else rows
    return list(rows.order_by("name", "id")[:5])


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The latest lines of a record's history, how many deals each import brought to it and when, its open steps, and
    whether there is more."""

    lines: list[Activity]
    imports: list[tuple[datetime, int]]
    steps: list[Task]
    has_more: bool


def history_of(subject: Company | Person | Deal, *, limit: int = 50) -> History:
    """What happened, the latest first."""
    by = {Company: "company", Person: "person", Deal: "deal"}[type(subject)]
    whose = {by: subject} if isinstance(subject, Deal) else {f"{by}__in": _with_merged(subject)}
    rows = Activity.objects.filter(**whose).select_related("note", "deal").order_by("-at", "-id")
    imports: list[tuple[datetime, int]] = []
    if not isinstance(subject, Deal):  # an import of many deals is one thing that happened to their company
        of_deals = Q(verb=_IMPORTED, deal__isnull=False)
        brought = (
            rows.filter(of_deals).order_by().values("deal__imported").annotate(latest=Max("at"), count=Count("pk"))
        )
        imports = [(one["latest"], one["count"]) for one in brought]
        rows = rows.exclude(of_deals)
    lines = list(rows[: limit + 1])
    steps = Task.objects.filter(**{by: subject}, done_at=None, archived_at=None)
    steps = steps.select_related("owner", "deal", "company", "person")
    return History(
        lines=lines[:limit],
        imports=imports,
        steps=list(steps.order_by("due_at", "id")[:20]),
        has_more=len(lines) > limit,
    )


def _with_merged(record: Company | Person) -> list[UUID]:
    """The record and those that were merged into it: its page tells the history of all."""
    gone = type(record).objects.filter(merged_into=record.pk).values_list("id", flat=True)
    return [record.pk, *gone]


def deals_of(subject: Company | Person, *, limit: int = 20) -> tuple[list[Deal], int]:
    """Its deals, open ones first, and how many there are."""
    by = "company" if isinstance(subject, Company) else "person"
    rows = Deal.objects.filter(**{by: subject}, archived_at=None)
    rows = rows.select_related("stage").annotate(in_all=Window(Count("pk")))
    shown = list(rows.order_by(_OPEN_FIRST, "-entered_stage_at", "-id")[:limit])
    return shown, shown[0].in_all if shown else 0


def people_of(company: Company, *, limit: int = 20) -> list[Person]:
    """Who works there."""
    return list(Person.objects.filter(company=company, archived_at=None).order_by("name", "id")[:limit])


def children_of(company: Company, *, limit: int = 20) -> list[Company]:
    """The companies that belong to it."""
    return list(Company.objects.filter(parent=company, archived_at=None).order_by("name", "id")[:limit])
