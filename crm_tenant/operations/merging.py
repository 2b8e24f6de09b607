"""Two records that are the same become one, and can be parted again.

Everything that refers to the one merged away refers to the other afterwards, but for history, which is only ever added
to: it is read for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import F

from crm_tenant.errors import MergedOther, MergedWithItself, NotMergedAnyMore
from crm_tenant.models import Company, Deal, Merge, Note, Person, Task
from crm_tenant.rules.texts import search_text
from provider.kernel.actor import Actor
from provider.kernel.encoding import to_plain
from provider.kernel.errors import NotFound
from provider.kernel.tenancy import inside

from .recording import apply, count_records, lock, lock_current, remember

Customer = Company | Person
# Every place that names a company or a person and may be changed.
PLACES: Final[Mapping[type[Customer], Sequence[tuple[Any, str]]]] = {
    Company: [
        (Company, "parent"), (Company, "merged_into"), (Person, "company"), (Deal, "company"), (Note, "company"),
        (Task, "company"),
    ],
    Person: [(Person, "merged_into"), (Deal, "person"), (Note, "person"), (Task, "person")],
}  # fmt: skip
_LISTS: Final = ("phones", "emails")
_SHARED: Final = ("address", "about", "owner_id", "external_ref")
_FILLED: Final = {
    Company: (*_SHARED, "tier", "industry", "website", "employee_count", "parent_id"),
    Person: (*_SHARED, "title", "company_id"),
}
_MOST_LISTED: Final = 10


def merge_customers(
    *, workspace_id: UUID, model: type[Customer], kept_id: UUID, gone_id: UUID, by: Actor, at: datetime
) -> Merge:
    """Merge one company or person into another: all that hangs on it goes there, and what was empty is filled."""
    if kept_id == gone_id:
        raise MergedWithItself()
    with inside(workspace_id=workspace_id):
        rows = {row_id: _current(model, row_id) for row_id in sorted((kept_id, gone_id))}
        kept, gone = rows[kept_id], rows[gone_id]

        values = _filled(kept, gone)
        values["search_text"] = _searched(kept, values)
        before = {name: getattr(kept, name) for name in values}
        moved = _move(model, from_id=gone_id, to_id=kept_id)
        apply(kept, values, at=at)
        apply(gone, {"archived_at": at, "merged_into_id": kept_id}, at=at)

        merge: Merge = Merge.objects.create(
            workspace_id=workspace_id, kind=_kind(model), kept_id=kept_id, gone_id=gone_id, moved=moved,
            before=to_plain(before), after=to_plain(values), user_id=by.user_id, merged_at=at,
        )  # fmt: skip
        remember(f"{_kind(model)}.merged", subject=kept, by=by, at=at, facts={"name": gone.name})
        remember(f"{_kind(model)}.merged_away", subject=gone, by=by, at=at, facts={"name": kept.name})
        count_records(workspace_id=workspace_id, difference=-int(not gone.is_sample), at=at)
        return merge


def undo_merge(*, workspace_id: UUID, merge_id: UUID, by: Actor, at: datetime) -> Customer:
    """Part two records again: what moved goes back where it has not gone elsewhere since, and so do filled fields."""
    with inside(workspace_id=workspace_id):
        merge = Merge.objects.select_for_update().filter(pk=merge_id).first()
        if merge is None:
            raise NotFound()
        model: type[Customer] = Company if merge.kind == "company" else Person
        rows = {row_id: _locked(model, row_id) for row_id in sorted((merge.kept_id, merge.gone_id))}
        kept, gone = rows[merge.kept_id], rows[merge.gone_id]
        if merge.undone_at is not None or gone.merged_into_id is None:
            raise NotMergedAnyMore(name=gone.name)
        if gone.merged_into_id != kept.id:
            raise MergedOther(name=kept.name)

        apply(gone, {"archived_at": None, "merged_into_id": None}, at=at)
        _move_back(merge, model)
        values = {name: value for name, value in merge.before.items() if _is_untouched(kept, name, merge.after[name])}
        apply(kept, values, at=at)
        merge.undone_at = at
        merge.save(update_fields=["undone_at"])

        remember(f"{merge.kind}.parted", subject=kept, by=by, at=at, facts={"name": gone.name})
        remember(f"{merge.kind}.parted", subject=gone, by=by, at=at, facts={"name": kept.name})
        count_records(workspace_id=workspace_id, difference=int(not gone.is_sample), at=at)
        return gone


def _current(model: type[Customer], row_id: UUID) -> Customer:
    if model is Company:
        return lock_current(Company, row_id, version=None)
    return lock_current(Person, row_id, version=None)


def _locked(model: type[Customer], row_id: UUID) -> Customer:
    return lock(Company, row_id) if model is Company else lock(Person, row_id)


def _kind(model: type[Customer]) -> str:
    return "company" if model is Company else "person"


def _filled(kept: Any, gone: Any) -> dict[str, Any]:
    """The fields of the one that stays which gain by the other."""
    values: dict[str, Any] = {}
    for name in _LISTS:
        both = list(dict.fromkeys([*getattr(kept, name), *getattr(gone, name)]))[:_MOST_LISTED]
        values |= {name: both} if both != getattr(kept, name) else {}
    for name in _FILLED[type(kept)]:
        mine, theirs = getattr(kept, name), getattr(gone, name)
        if mine in (None, "") and theirs not in (None, "", kept.id):
            values[name] = theirs
    if getattr(kept, "parent_id", None) == gone.id:  # it would belong to itself
        values["parent_id"] = gone.parent_id if gone.parent_id != kept.id else None
    if isinstance(kept, Company) and values.get("parent_id") is not None and _is_above(kept.id, values["parent_id"]):
        values["parent_id"] = None
    return values


def _is_above(company_id: UUID, parent_id: UUID | None) -> bool:
    """Whether a company is among those that `parent_id` belongs to."""
    while parent_id is not None:
        if parent_id == company_id:
            return True
        parent_id = Company.objects.filter(pk=parent_id).values_list("parent_id", flat=True).first()
    return False


def _move(model: type[Customer], *, from_id: UUID, to_id: UUID) -> dict[str, list[str]]:
    moved = {}
    for holder, field in PLACES[model]:
        rows = holder.objects.filter(**{field: from_id})
        rows = rows.exclude(pk=to_id) if holder is model else rows  # the one that stays never names itself
        ids = [str(row_id) for row_id in rows.values_list("id", flat=True)]
        if ids:
            _point(holder, field=field, ids=ids, to_id=to_id)
            moved[f"{holder.__name__}.{field}"] = ids
    return moved


def _move_back(merge: Merge, model: type[Customer]) -> None:
    for holder, field in PLACES[model]:
        ids = merge.moved.get(f"{holder.__name__}.{field}", [])
        still = holder.objects.filter(pk__in=ids, **{field: merge.kept_id}).values_list("id", flat=True)
        _point(holder, field=field, ids=[str(row_id) for row_id in still], to_id=merge.gone_id)


def _point(holder: Any, *, field: str, ids: Sequence[str], to_id: UUID) -> None:
    """Have these rows name another record, as their next version: a form that was opened before is refused."""
    holder.objects.filter(pk__in=ids).update(**{f"{field}_id": to_id, "version": F("version") + 1})


def _is_untouched(kept: Any, name: str, merged: Any) -> bool:
    return bool(to_plain({name: getattr(kept, name)})[name] == merged)


def _searched(kept: Any, values: Mapping[str, Any]) -> str:
    """The text by which the one that stays is found, with what it gained."""
    lists = {name: values.get(name, getattr(kept, name)) for name in _LISTS}
    own = [line for line in kept.search_text.split("\n") if line]
    return "\n".join(dict.fromkeys([*own, *search_text(*lists["emails"], phones=lists["phones"]).split("\n")]))
