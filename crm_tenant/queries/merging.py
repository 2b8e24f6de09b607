"""What looks like the same record twice, and what a merge would move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from crm_tenant.models import Company, Deal, Merge, Note, Person, Task

from .records import alike, containing

Customer = type[Company] | type[Person]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A record that may be the same, and how much hangs on it."""

    record: Any
    deals: int
    notes: int
    steps: int


def twins_of(record: Company | Person, *, words: str = "") -> list[Twin]:
    """Records that may be the same as this one; those in whose text the words stand, where some are given."""
    model: Customer = type(record)
    if words.strip():
        rows: QuerySet[Any] = containing(model.objects.filter(archived_at=None), words).exclude(pk=record.pk)
        found = list(rows.order_by("name", "id")[:10])
    else:
        found = alike(model, name=record.name, phones=record.phones, emails=record.emails, besides=record.pk)
    by = "company" if model is Company else "person"
    counts = [_counts(holder, by=by, ids=[one.pk for one in found]) for holder in (Deal, Note, Task)]
    return [
        Twin(record=one, deals=counts[0].get(one.pk, 0), notes=counts[1].get(one.pk, 0), steps=counts[2].get(one.pk, 0))
        for one in found
    ]


def _counts(holder: Any, *, by: str, ids: list[UUID]) -> dict[UUID, int]:
    rows = holder.objects.filter(**{f"{by}__in": ids}, archived_at=None).order_by()
    return dict(rows.values_list(f"{by}_id").annotate(count=Count("id")))


def doubles(model: Customer, *, limit: int = 50) -> list[list[Any]]:
    """Records whose names compare alike, in groups; people only where they are at the same company too."""
    same = ("match_key",) if model is Company else ("match_key", "company_id")
    rows = model.objects.filter(archived_at=None).order_by()
    found = rows.values(*same).annotate(count=Count("id")).filter(count__gt=1).order_by("-count", "match_key")
    groups: dict[tuple[Any, ...], list[Any]] = {tuple(row[name] for name in same): [] for row in found[:limit]}
    for one in rows.filter(match_key__in={key[0] for key in groups}).order_by("created_at", "id"):
        group = groups.get(tuple(getattr(one, name) for name in same))
        if group is not None:
            group.append(one)
    return list(groups.values())


def merge_of(record: Company | Person) -> Merge | None:
    """How the record was merged away, if it is."""
    found: Merge | None = Merge.objects.filter(gone_id=record.pk, undone_at=None).first()
    return found
