"""What every act on a record leaves: a line of its history, and the level of customer records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F

from crm_tenant.errors import ArchivedRecord, RecordsFull, StaleRecord
from crm_tenant.events import CustomerRecordsChanged
from crm_tenant.models import Activity, Company, Deal, Note, Person, Task, Workspace
from plans.queries.entitlements import entitlements_of
from provider.kernel import outbox
from provider.kernel.actor import Actor
from provider.kernel.encoding import to_plain
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_id

R = TypeVar("R", Company, Person, Deal, Task, Note)
Subject = Company | Person | Deal


def remember(
    verb: str, *, subject: Subject | Task | Note, by: Actor, at: datetime, facts: Mapping[str, Any] | None = None
) -> Activity:
    """Write a line into the history of the subject and of what it belongs to."""
    line: Activity = Activity.objects.create(
        workspace_id=subject.workspace_id,
        verb=verb,
        at=at,
        user_id=by.user_id,
        facts=to_plain(dict(facts or {})),
        **_places(subject),
    )
    return line


def _places(subject: Subject | Task | Note) -> dict[str, UUID | None]:
    """Whose histories the line stands in."""
    if isinstance(subject, Company):
        return {"company_id": subject.id}
    if isinstance(subject, Person):
        return {"person_id": subject.id, "company_id": subject.company_id}
    places = {"company_id": subject.company_id, "person_id": subject.person_id}
    if isinstance(subject, Deal):
        return places | {"deal_id": subject.id}
    places["deal_id"] = subject.deal_id
    return places | {"task_id" if isinstance(subject, Task) else "note_id": subject.id}


def lock(model: type[R], record_id: UUID | None) -> R:
    """The row, locked; absent and of another workspace are the same answer."""
    row = model.objects.select_for_update().filter(pk=record_id).first() if record_id else None
    if row is None:
        raise NotFound()
    found: R = row
    return found


def lock_current(model: type[R], record_id: UUID, *, version: int | None) -> R:
    """The row, locked, if it is not put away and nobody changed it since `version`."""
    row = lock(model, record_id)
    if row.archived_at is not None:
        raise ArchivedRecord(name=str(row))
    if version is not None and row.version != version:
        raise StaleRecord(name=str(row))
    return row


def apply(row: Subject, values: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """Set what differs and save it as the next version; what it was before, by field."""
    before = {name: getattr(row, name) for name in values}
    changed = {name: value for name, value in values.items() if value != before[name]}
    if not changed:
        return {}
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at = at
    row.save(update_fields=[*changed, "version", "changed_at"])
    return {name: before[name] for name in changed}


def count_records(*, workspace_id: UUID, difference: int, at: datetime) -> None:
    """Move the level of customer records, and tell whoever counts. Last in an operation: it locks the workspace."""
    if difference == 0:
        return
    Workspace.objects.filter(pk=workspace_id).update(record_count=F("record_count") + difference)
    account_id = Workspace.objects.values_list("account_id", flat=True).get(pk=workspace_id)
    outbox.publish(CustomerRecordsChanged(account_id=account_id, usage_id=new_id(), difference=difference), at=at)


def check_room_for_records(*, workspace_id: UUID) -> None:
    """Refuse what was just added if the plan stops at its limit. After `count_records`: nobody else is adding then."""
    workspace = Workspace.objects.get(pk=workspace_id)
    allowed = entitlements_of(account_id=workspace.account_id).get("records")
    if allowed is None or allowed.limit is None or not allowed.stops_at_limit:
        return
    if workspace.record_count > allowed.limit:
        raise RecordsFull(limit=allowed.limit)
