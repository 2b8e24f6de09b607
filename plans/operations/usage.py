"""Usage is recorded: every event exactly once, for good, and for whom it counts is said at once.

A batch is taken whole or not at all. What was told before is a duplicate and changes nothing; what nobody counts waits
in the inbox of unmatched events. Any number of writers may tell at once: keys are written in their order, so that two
batches with the same events wait for each other instead of locking each other out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from plans.errors import (
    BadEventId,
    BadEventValue,
    BadUsageSource,
    EventAhead,
    EventConflict,
    EventCorrected,
    EventItemMissing,
    EventRemovalUnfit,
    EventTooOld,
    TooManyEvents,
    UnknownMeter,
    naming,
)
from plans.events import UsageRecorded
from plans.models import UnmatchedEvent, UsageBatch, UsageConflict
from plans.queries.corrections import Corrected, told_event
from plans.queries.metering import Metering, metering_of
from plans.rules.usage import (
    AHEAD,
    CORRECTION,
    LONGEST_NAME,
    MOST_EVENTS,
    SALES,
    Fault,
    Match,
    NewEvent,
    Route,
    digest_of,
    fault_in,
)
from provider.kernel import outbox
from provider.kernel.actor import Actor
from provider.kernel.breath import in_one_breath
from provider.kernel.copying import copy_rows
from provider.kernel.errors import Refusal

from .late import mark_late

__all__ = ["EventOutcome", "NewEvent", "Recorded", "record_usage", "take_back_usage"]

Outcome = Literal["recorded", "duplicate", "unmatched"]

_FAULTS: Final[dict[Fault, type[Refusal]]] = {
    "id": BadEventId,
    "value": BadEventValue,
    "item": EventItemMissing,
    "removal": EventRemovalUnfit,
}
_EVENT_COLUMNS: Final = {
    "id": "int8",
    "at": "timestamptz",
    "account_id": "uuid",
    "subscription_id": "uuid",
    "meter_id": "int8",
    "value": "numeric",
    "item": "varchar",
    "is_removal": "bool",
    "source": "varchar",
    "event_id": "varchar",
    "batch_id": "int8",
    "properties": "jsonb",
}
# The ids travel as one text and the digests as one run of bytes: arrays of 20,000 cost more to bind than to insert.
_SAID: Final = """
with said as (
  select id, substr(%(digests)s::bytea, (place::int - 1) * 16 + 1, 16) as content
    from unnest(string_to_array(%(ids)s, E'\\x1f')) with ordinality as told(id, place))
"""
_KEEP_KEYS: Final = (
    _SAID
    + """
insert into plans_usagekey (account_id, source, event_id, content, batch_id)
select %(account)s, %(source)s, id, content, %(batch)s from said order by id on conflict do nothing
"""
)
_KNOWN_KEYS: Final = (
    _SAID
    + """
select said.id, said.content = known.content from said join plans_usagekey known
  on known.account_id = %(account)s and known.source = %(source)s and known.event_id = said.id
 where known.batch_id <> %(batch)s
"""
)


class EventOutcome(NamedTuple):
    """What became of one event, and whose it is."""

    id: str
    outcome: Outcome
    match: Match


@dataclass(frozen=True, slots=True)
class Recorded:
    """The answer for a batch, event by event, in the order in which they were told."""

    batch_id: int
    events: Sequence[EventOutcome]

    def count(self, outcome: Outcome) -> int:
        """How many events ended so."""
        return sum(1 for event in self.events if event.outcome == outcome)


def record_usage(*, account_id: UUID, source: str, events: Sequence[NewEvent], by: Actor, at: datetime) -> Recorded:
    """Count `events` of an account once, whoever tells them how often; refuses the whole batch for one bad event."""
    _check_batch(source=source, events=events)
    with in_one_breath(), transaction.atomic():
        metering = metering_of(account_id=account_id)
        matches = _matches(metering, events=events, at=at)
        said = _said_once(events)

        batch_id = _next_batch()
        known = _keep_keys(account_id=account_id, source=source, said=said, batch_id=batch_id)
        outcomes = _outcomes(events, matches=matches, known=known)
        rows = [
            (event, match) for event, match, end in zip(events, matches, outcomes, strict=True) if end == "recorded"
        ]
        _keep_events(rows, account_id=account_id, source=source, batch_id=batch_id, meter_ids=_ids(metering))
        lost = [
            (event, match) for event, match, end in zip(events, matches, outcomes, strict=True) if end == "unmatched"
        ]
        _keep_unmatched(lost, account_id=account_id, source=source, at=at)

        _keep_batch(rows, account_id=account_id, source=source, batch_id=batch_id, ends=outcomes, by=by, at=at)
        _publish(rows, account_id=account_id, batch_id=batch_id, at=at)
        told = zip(events, outcomes, matches, strict=True)
        return Recorded(batch_id, [EventOutcome(event.id, end, match) for event, end, match in told])


# --- Check ---


def _check_batch(*, source: str, events: Sequence[NewEvent]) -> None:
    if not 0 < len(source) <= LONGEST_NAME or not source.isprintable():
        raise BadUsageSource(field="source")
    if len(events) > MOST_EVENTS:
        raise TooManyEvents(most=MOST_EVENTS)


def _matches(metering: Metering, *, events: Sequence[NewEvent], at: datetime) -> list[Match]:
    """Whose each event is; refuses what no meter can take and what happened at an impossible time."""
    routes: dict[tuple[str, str], Route] = {}
    matches: list[Match] = []
    faults: dict[Fault, list[str]] = {}
    ahead = at + AHEAD
    too_new: list[str] = []
    for event in events:
        route = routes.get((event.meter, event.subscription)) or _route(metering, routes, event=event, events=events)
        fault = fault_in(event, meter=route.meter)
        if fault is not None:
            faults.setdefault(fault, []).append(event.id)
        if event.at > ahead:
            too_new.append(event.id)
        matches.append(_match(route, event))
    for kind, ids in faults.items():
        raise _FAULTS[kind](field="events", **naming(ids))
    if too_new:
        raise EventAhead(field="events", **naming(too_new))
    _check_age(events, matches=matches, at=at)
    return matches


def _match(route: Route, event: NewEvent) -> Match:
    return route.match_money(event) if event.meter == SALES else route.match(event.at)


def _route(
    metering: Metering, routes: dict[tuple[str, str], Route], *, event: NewEvent, events: Sequence[NewEvent]
) -> Route:
    meter = metering.meters.get(event.meter)
    if meter is None:
        ids = [other.id for other in events if other.meter == event.meter]
        known = ", ".join(metering.meters) or "–"
        raise UnknownMeter(field="events", meter=event.meter[:LONGEST_NAME], known=known, **naming(ids))
    route = metering.route(meter=meter, subscription=event.subscription)
    routes[event.meter, event.subscription] = route
    return route


def _check_age(events: Sequence[NewEvent], *, matches: Sequence[Match], at: datetime) -> None:
    limits = {days: at - timedelta(days=days) for days in {match.late_days for match in matches}}
    oldest = max(limits.values(), default=at)
    if all(event.at >= oldest for event in events):
        return
    told = zip(events, matches, strict=True)
    late = [(event.id, match.late_days) for event, match in told if event.at < limits[match.late_days]]
    if late:
        days = min(days for _, days in late)
        raise EventTooOld(field="events", days=days, **naming([event_id for event_id, _ in late]))


def _said_once(events: Sequence[NewEvent]) -> dict[str, bytes]:
    """The digest of each id, the same event told twice in one batch only once; refuses two contents of one id."""
    said: dict[str, bytes] = {}
    differing = []
    for event in events:
        digest = digest_of(event)
        if said.setdefault(event.id, digest) != digest:
            differing.append(event.id)
    if differing:
        raise EventConflict(field="events", **naming(differing))
    return said


# --- Change ---


def _next_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('plans_usagebatch_id_seq')")
        return int(cursor.fetchone()[0])


def _keep_keys(*, account_id: UUID, source: str, said: Mapping[str, bytes], batch_id: int) -> frozenset[str]:
    """Write the keys that are new and return those that were known; refuses a known one that says something else."""
    if not said:
        return frozenset()
    facts: dict[str, Any] = {
        "ids": "\x1f".join(said),
        "digests": b"".join(said.values()),
        "account": account_id,
        "source": source,
        "batch": batch_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_KEYS, facts)
        if cursor.rowcount == len(said):
            return frozenset()
        cursor.execute(_KNOWN_KEYS, facts)
        known = cursor.fetchall()
    differing = [event_id for event_id, is_same in known if not is_same]
    if differing:
        raise EventConflict(field="events", **naming(sorted(differing)))
    return frozenset(event_id for event_id, _ in known)


def _outcomes(events: Sequence[NewEvent], *, matches: Sequence[Match], known: frozenset[str]) -> list[Outcome]:
    seen = set(known)
    outcomes: list[Outcome] = []
    for event, match in zip(events, matches, strict=True):
        if event.id in seen:
            outcomes.append("duplicate")
        else:
            outcomes.append("recorded" if match.is_found else "unmatched")
            seen.add(event.id)
    return outcomes


def _keep_events(
    rows: Sequence[tuple[NewEvent, Match]],
    *,
    account_id: UUID,
    source: str,
    batch_id: int,
    meter_ids: Mapping[str, int],
) -> None:
    if not rows:
        return
    first = _next_event_ids(len(rows))
    copy_rows(
        table="plans_usageevent",
        columns=_EVENT_COLUMNS,
        rows=(
            (
                event_id,
                event.at,
                account_id,
                match.subscription_key,
                meter_ids[event.meter],
                event.value,
                event.item,
                event.is_removal,
                source,
                event.id,
                batch_id,
                event.properties or None,
            )
            for event_id, (event, match) in zip(first, rows, strict=True)
        ),
    )


def _ids(metering: Metering) -> dict[str, int]:
    return {code: meter.id for code, meter in metering.meters.items()}


def _next_event_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select array(select nextval('plans_usageevent_id_seq') from generate_series(1, %s))", [count])
        ids: list[int] = cursor.fetchone()[0]
    return ids


def _keep_unmatched(lost: Sequence[tuple[NewEvent, Match]], *, account_id: UUID, source: str, at: datetime) -> None:
    """Have them wait in the inbox; foreign money of which no plan takes a share is only kept there."""
    settled: dict[str, Any] = {"settled_at": at, "outcome": "dismissed"}
    UnmatchedEvent.objects.bulk_create(
        [
            UnmatchedEvent(
                account_id=account_id,
                at=event.at,
                meter_code=event.meter,
                subscription_code=event.subscription,
                value=event.value,
                item=event.item,
                is_removal=event.is_removal,
                source=source,
                event_id=event.id,
                properties=dict(event.properties) if event.properties else None,
                why=match.why,
                **(settled if match.why == "other_currency" and not match.charges else {}),
            )
            for event, match in lost
        ],
        batch_size=1000,
    )


# --- Record ---


def _keep_batch(
    rows: Sequence[tuple[NewEvent, Match]],
    *,
    account_id: UUID,
    source: str,
    batch_id: int,
    ends: Sequence[Outcome],
    by: Actor,
    at: datetime,
) -> None:
    """Who told it: with thousands of events a second this row stands in the place of the audit's."""
    times = [event.at for event, _ in rows]
    UsageBatch.objects.create(
        id=batch_id,
        account_id=account_id,
        source=source,
        recorded_count=len(rows),
        duplicate_count=ends.count("duplicate"),
        unmatched_count=ends.count("unmatched"),
        from_at=min(times, default=None),
        until_at=max(times, default=None),
        user_id=by.user_id,
        api_key_id=by.api_key_id,
        received_at=at,
        folded_at=None if rows else at,
    )


def _publish(rows: Sequence[tuple[NewEvent, Match]], *, account_id: UUID, batch_id: int, at: datetime) -> None:
    if not rows:
        return
    event = UsageRecorded(
        account_id=account_id,
        batch_id=batch_id,
        subscription_ids=sorted({match.subscription_key for _, match in rows}),
        meters=sorted(set(map(itemgetter(1), map(itemgetter(0), rows)))),
        from_at=min(event.at for event, _ in rows),
    )
    outbox.publish(event, at=at)


def take_back(known: Corrected, *, reason: str, by: Actor, at: datetime) -> None:
    """Count the event that takes this one back, whose it is and when it happened, in the caller's transaction.

    What was billed of it is settled with the next invoice.
    """
    event, meter = known.event, known.meter
    reversal = NewEvent(
        id=str(event.id),
        meter=meter.code,
        at=event.at,
        value=event.value,
        item=event.item,
        is_removal=not event.is_removal,
        properties={"corrects": {"source": event.source, "id": event.event_id}, "reason": reason},
    )
    batch_id, account_id = _next_batch(), event.account_id
    if _keep_keys(account_id=account_id, source=CORRECTION, said=_said_once([reversal]), batch_id=batch_id):
        raise EventCorrected()
    rows = [(reversal, Match(subscription_key=event.subscription_id))]
    _keep_events(rows, account_id=account_id, source=CORRECTION, batch_id=batch_id, meter_ids={meter.code: meter.pk})

    _keep_batch(rows, account_id=account_id, source=CORRECTION, batch_id=batch_id, ends=["recorded"], by=by, at=at)
    _publish(rows, account_id=account_id, batch_id=batch_id, at=at)
    mark_late(
        account_id=account_id, subscription_ids=[event.subscription_id], meters=[meter.code], from_at=event.at, at=at
    )


def take_back_usage(*, account_id: UUID, source: str, event_id: str, reason: str, by: Actor, at: datetime) -> bool:
    """Have an event that `source` told count no more, as of when it happened; whether there was anything to take back.

    For our own parts, which know by themselves that something is not so any more. What was billed of it is settled with
    the next invoice; what nobody counted yet waits in the inbox no longer.
    """
    with transaction.atomic():
        waiting = UnmatchedEvent.objects.select_for_update().filter(account_id=account_id, settled_at=None)
        if waiting.filter(source=source, event_id=event_id).update(
            settled_at=at, outcome="dismissed", note=reason[:200]
        ):
            return True
        known = told_event(account_id=account_id, source=source, event_id=event_id)
        if known is None or known.correction is not None:
            return False
        take_back(known, reason=reason, by=by, at=at)
        return True


def count_unmatched(*, account_id: UUID, source: str, events: Sequence[NewEvent], by: Actor, at: datetime) -> Recorded:
    """Match once more what was told before and waits; its keys are kept already, and it came in time when it came."""
    with transaction.atomic():
        metering = metering_of(account_id=account_id)
        routes: dict[tuple[str, str], Route] = {}
        matches = [_match(_route(metering, routes, event=event, events=events), event) for event in events]
        ends: list[Outcome] = ["recorded" if match.is_found else "unmatched" for match in matches]
        rows = [(event, match) for event, match in zip(events, matches, strict=True) if match.is_found]

        batch_id = _next_batch()
        _keep_events(rows, account_id=account_id, source=source, batch_id=batch_id, meter_ids=_ids(metering))

        _keep_batch(rows, account_id=account_id, source=source, batch_id=batch_id, ends=ends, by=by, at=at)
        _publish(rows, account_id=account_id, batch_id=batch_id, at=at)
        told = zip(events, ends, matches, strict=True)
        return Recorded(batch_id, [EventOutcome(event.id, end, match) for event, end, match in told])


def erase_properties(*, account_id: UUID) -> int:
    """Take the properties off all that the account used, on its owner's legal request; what was counted stays.

    Our own note of what a correction corrects stays too.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('perennial.erasing', %s, true)", [str(account_id)])
        cursor.execute(
            "update plans_usageevent set properties = null"
            " where account_id = %s and source <> %s and properties is not null",
            [account_id, CORRECTION],
        )
        count = int(cursor.rowcount)
        cursor.execute("select set_config('perennial.erasing', '', true)")
        for model in (UnmatchedEvent, UsageConflict):
            count += model.objects.filter(account_id=account_id, properties__isnull=False).update(properties=None)
    return count
