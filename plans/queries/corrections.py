"""Events that were taken back, and the corrections that did it.

A correction is an event of our own source that is named by the id of the one that it takes back, so the keys of events
keep it from happening twice. Where single events are looked at, the two leave no trace; in sums they cancel out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast

from plans.errors import UsageEventUnknown
from plans.models import Meter, UnmatchedEvent, UsageBatch, UsageEvent, UsageKey
from plans.rules.usage import CORRECTION
from provider.kernel.errors import NotFound

# For statements on events `e`: those that count, neither taken back nor taking back.
COUNTS: Final = f"""
e.source <> '{CORRECTION}' and not exists (select from plans_usagekey undone
  where undone.account_id = e.account_id and undone.source = '{CORRECTION}' and undone.event_id = e.id::text)
"""


def taken_back(*, account_id: UUID) -> list[int]:
    """The events of an account that were taken back, and those that did it: to be left out together."""
    keys = UsageKey.objects.filter(account_id=account_id, source=CORRECTION).values_list("event_id", "batch_id")
    found = [(int(event_id), batch_id) for event_id, batch_id in keys]
    if not found:
        return []
    reversals = UsageEvent.objects.filter(
        account_id=account_id, source=CORRECTION, batch_id__in=[batch for _, batch in found]
    )
    return [event_id for event_id, _ in found] + list(reversals.values_list("id", flat=True))


def with_taken_back(rows: QuerySet[UsageEvent]) -> QuerySet[UsageEvent]:
    """The events, each with `is_taken_back`."""
    keys = UsageKey.objects.filter(
        account_id=OuterRef("account_id"), source=CORRECTION, event_id=Cast(OuterRef("id"), CharField())
    )
    return rows.annotate(is_taken_back=Exists(keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A recorded event, its meter, and the other half where it was taken back, or takes another one back."""

    event: UsageEvent
    meter: Meter
    correction: UsageEvent | None = None  # that takes it back
    corrects: UsageEvent | None = None  # what it takes back

    @property
    def reason(self) -> str:
        """Why it was taken back."""
        row = self.event if self.corrects else self.correction
        return str((row.properties or {}).get("reason", "")) if row else ""

    @property
    def batch(self) -> UsageBatch | None:
        """What it came in with."""
        return UsageBatch.objects.filter(pk=self.event.batch_id).first()


def access_event(*, account_id: UUID, number: int) -> Corrected:
    """A recorded event of the account by its number; not found alike where it is absent or another account's."""
    event = UsageEvent.objects.filter(account_id=account_id, id=number).first()
    if event is None:
        raise NotFound()
    return with_halves([event])[0]


def access_told_event(*, account_id: UUID, source: str, event_id: str) -> Corrected:
    """A recorded event of the account by the name that its sender gave it; raises `UsageEventUnknown`."""
    found = told_event(account_id=account_id, source=source, event_id=event_id)
    if found is None:
        raise UsageEventUnknown(field="event_id", source=source[:120], event=event_id[:120])
    return found


def told_event(*, account_id: UUID, source: str, event_id: str) -> Corrected | None:
    """The same, or nothing where no such event is counted."""
    key = UsageKey.objects.filter(account_id=account_id, source=source, event_id=event_id).first()
    rows = UsageEvent.objects.filter(account_id=account_id, source=source, event_id=event_id)
    event = rows.filter(batch_id=key.batch_id).first() if key else None
    if key is not None and event is None:  # it waited for somebody who counts it, and was counted later
        waited = UnmatchedEvent.objects.filter(account_id=account_id, source=source, event_id=event_id).first()
        event = rows.filter(at=waited.at).first() if waited else None
    return with_halves([event])[0] if event is not None else None


def with_halves(events: Sequence[UsageEvent]) -> list[Corrected]:
    """The events of one account, each with its other half."""
    meters = Meter.objects.in_bulk({event.meter_id for event in events})
    corrections = _corrections_of(events)
    corrected = _corrected_by(events)
    return [
        Corrected(
            event=event,
            meter=meters[event.meter_id],
            correction=corrections.get(str(event.id)),
            corrects=corrected.get(event.event_id) if event.source == CORRECTION else None,
        )
        for event in events
    ]


def _corrections_of(events: Sequence[UsageEvent]) -> dict[str, UsageEvent]:
    if not events:
        return {}
    keys = UsageKey.objects.filter(
        account_id=events[0].account_id, source=CORRECTION, event_id__in=[str(event.id) for event in events]
    )
    batches = list(keys.values_list("batch_id", flat=True))
    rows: Any = UsageEvent.objects.filter(account_id=events[0].account_id, source=CORRECTION, batch_id__in=batches)
    return {row.event_id: row for row in rows} if batches else {}


def _corrected_by(events: Sequence[UsageEvent]) -> dict[str, UsageEvent]:
    ids = [int(event.event_id) for event in events if event.source == CORRECTION]
    rows = UsageEvent.objects.filter(account_id=events[0].account_id, id__in=ids) if ids else []
    return {str(row.id): row for row in rows}
