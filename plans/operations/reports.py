"""Usage that machines report: the batches of one request are taken together or not at all.

A report that contradicts what was told before is refused as a whole, and what it said otherwise is kept on the list of
conflicts: written after the refused batch was rolled back, so that an operator sees what the sender only saw refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from plans.errors import EventConflict, SourceReserved
from plans.models import UsageConflict, UsageKey
from plans.rules.usage import CORRECTION, NewEvent, digest_of
from provider.kernel.actor import Actor

from .limits import check_limits
from .usage import Recorded, record_usage

OWN_SOURCES: Final = frozenset({"crm", CORRECTION, "story"})
_MOST_NOTED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one source says of one account, and when it is heard by that account's clock."""

    account_id: UUID
    source: str
    events: Sequence[NewEvent]
    at: datetime


def record_reports(*, reports: Sequence[Report], by: Actor) -> list[Recorded]:
    """Count what is reported, all of it or nothing; the answers stand in the order of the reports."""
    for report in reports:
        if report.source in OWN_SOURCES:
            raise SourceReserved(field="source", source=report.source)
    try:
        return _record_together(reports, by=by)
    except EventConflict:
        for report in reports:
            _note_conflicts(report, by=by)
        raise


def _record_together(reports: Sequence[Report], *, by: Actor) -> list[Recorded]:
    """In the order of the accounts, so that two requests about the same ones wait for each other."""
    found: dict[int, Recorded] = {}
    with transaction.atomic():
        order = sorted(range(len(reports)), key=lambda place: (reports[place].account_id, reports[place].source))
        for place in order:
            report = reports[place]
            found[place] = record_usage(
                account_id=report.account_id, source=report.source, events=report.events, by=by, at=report.at
            )
            check_limits(account_id=report.account_id, events=report.events, at=report.at)
    return [found[place] for place in range(len(reports))]


def _note_conflicts(report: Report, *, by: Actor) -> None:
    """List what this report says otherwise; said again, it is counted on its line, and open again."""
    said = {event.id: (event, digest_of(event)) for event in report.events}
    known = _known(report, ids=list(said))
    differing = [said[event_id] for event_id, content in known.items() if content != said[event_id][1]]
    with transaction.atomic():
        for event, digest in differing[:_MOST_NOTED]:
            conflict, is_new = UsageConflict.objects.get_or_create(
                account_id=report.account_id,
                source=report.source,
                event_id=event.id,
                content=digest,
                defaults=_told(event, at=report.at, by=by),
            )
            if not is_new:
                UsageConflict.objects.filter(pk=conflict.pk).update(
                    told_count=F("told_count") + 1, last_told_at=report.at, dismissed_at=None
                )


def _told(event: NewEvent, *, at: datetime, by: Actor) -> dict[str, Any]:
    return {
        "at": event.at,
        "meter_code": event.meter,
        "subscription_code": event.subscription,
        "value": event.value,
        "item": event.item,
        "is_removal": event.is_removal,
        "properties": dict(event.properties) if event.properties else None,
        "first_told_at": at,
        "last_told_at": at,
        "user_id": by.user_id,
        "api_key_id": by.api_key_id,
    }


def _known(report: Report, *, ids: list[str]) -> Mapping[str, bytes]:
    rows = UsageKey.objects.filter(account_id=report.account_id, source=report.source, event_id__in=ids)
    return {event_id: bytes(content) for event_id, content in rows.values_list("event_id", "content")}
