"""What nobody counted is counted after all, or put aside with a reason; contradictions are put aside too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from plans.errors import NoReasonGiven
from plans.models import UnmatchedEvent, UsageConflict
from plans.rules.usage import NewEvent
from provider.kernel import audit, jobs
from provider.kernel.actor import Actor
from provider.kernel.models import Job

from .usage import EventOutcome, count_unmatched

REPLAY_JOB: Final = "plans.replay_usage"
_CHUNK: Final = 500


class Replayed(NamedTuple):
    """How many are counted now, and how many still wait."""

    counted: int
    waiting: int


def replay_unmatched(*, ids: Sequence[UUID], by: Actor, at: datetime) -> Replayed:
    """Match events of the inbox once more; what finds its subscription now is counted as of when it happened."""
    with transaction.atomic():
        rows = list(_waiting(ids).order_by("account_id", "source", "id"))
        counted = 0
        for (account_id, source), group in groupby(rows, key=lambda row: (row.account_id, row.source)):
            told = list(group)
            recorded = count_unmatched(
                account_id=account_id, source=source, events=[_event(row) for row in told], by=by, at=at
            )
            counted += _settle(told, ends=recorded.events, at=at)
            audit.record(
                by=by, verb="usage.replayed", subject_kind="account", subject_id=account_id, account_id=account_id,
                at=at, after={"counted": recorded.count("recorded"), "waiting": recorded.count("unmatched")},
            )  # fmt: skip
        return Replayed(counted, len(rows) - counted)


def _settle(rows: Sequence[UnmatchedEvent], *, ends: Sequence[EventOutcome], at: datetime) -> int:
    counted = 0
    for row, end in zip(rows, ends, strict=True):
        if end.outcome == "recorded":
            row.settled_at, row.outcome = at, "replayed"
            counted += 1
        row.why = end.match.why or row.why
    UnmatchedEvent.objects.bulk_update(rows, ["settled_at", "outcome", "why"], batch_size=500)
    return counted


def start_replay(*, ids: Sequence[UUID], by: Actor, at: datetime) -> Job:
    """Have many replayed in the background."""
    plain = [str(one) for one in ids]
    return jobs.start(kind=REPLAY_JOB, params={"ids": plain}, by=by, at=at, account_id=by.account_id, total=len(plain))


def replay_chunk(chunk: jobs.Chunk) -> jobs.Outcome:
    """The next of them."""
    ids: list[str] = chunk.params["ids"]
    begin = chunk.cursor or 0
    mine = ids[begin : begin + _CHUNK]
    done = replay_unmatched(ids=[UUID(one) for one in mine], by=chunk.by, at=chunk.at)
    end = begin + len(mine)
    return jobs.Outcome(
        cursor=end if end < len(ids) else None,
        handled=len(mine),
        counts={"counted": done.counted, "waiting": done.waiting},
    )


def dismiss_unmatched(*, ids: Sequence[UUID], reason: str, by: Actor, at: datetime) -> int:
    """Put events aside for good: they are billed to nobody. How many there were."""
    return _put_aside(
        _waiting(ids), {"settled_at": at, "outcome": "dismissed"}, verb="usage.dismissed", reason=reason, by=by, at=at
    )


def dismiss_conflicts(*, ids: Sequence[UUID], reason: str, by: Actor, at: datetime) -> int:
    """Take contradictions off the list; what was recorded first stands. How many there were."""
    rows = UsageConflict.objects.select_for_update().filter(pk__in=list(ids), dismissed_at=None)
    return _put_aside(rows, {"dismissed_at": at}, verb="usage.conflict_dismissed", reason=reason, by=by, at=at)


def _put_aside(rows: QuerySet[Any], values: dict[str, Any], *, verb: str, reason: str, by: Actor, at: datetime) -> int:
    if not reason.strip():
        raise NoReasonGiven(field="reason")
    with transaction.atomic():
        found = list(rows.order_by("account_id", "id"))

        rows.model.objects.filter(pk__in=[row.pk for row in found]).update(**values, note=reason.strip()[:200])

        for account_id, group in groupby(found, key=lambda row: row.account_id):
            audit.record(
                by=by, verb=verb, subject_kind="account", subject_id=account_id, account_id=account_id, at=at,
                after={"events": [row.event_id for row in group][:20]}, reason=reason.strip(),
            )  # fmt: skip
        return len(found)


def _waiting(ids: Sequence[UUID]) -> QuerySet[UnmatchedEvent]:
    return UnmatchedEvent.objects.select_for_update().filter(pk__in=list(ids), settled_at=None)


def _event(row: UnmatchedEvent) -> NewEvent:
    return NewEvent(
        id=row.event_id,
        meter=row.meter_code,
        at=row.at,
        value=row.value,
        item=row.item,
        is_removal=row.is_removal,
        properties=row.properties,
        subscription=row.subscription_code,
    )
