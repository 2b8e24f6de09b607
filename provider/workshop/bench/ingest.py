"""`bench ingest`: usage events recorded, each exactly once and for good, in batches as a sender tells them.

Every batch is one call of the operation that the API, the CRM and the inbox call, committed and on the disk: its keys,
events, the row of the batch and the event that has sums and notices follow. Sums follow behind, and are not part of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from plans.models import UsageEvent, UsageKey
from plans.operations.usage import NewEvent, record_usage
from plans.rules.story import read_story
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import set_stage

from . import place
from .subscribers import Subscriber, subscribe_all

DAY: Final = date(2026, 1, 1)
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
TOLD_AT: Final = datetime(2026, 1, 20, tzinfo=UTC)
BATCH: Final = 10_000
ACCOUNTS: Final = 20  # of each writer, in turn
SPAN_SECONDS: Final = 18 * 24 * 3600  # over which the events of a sender lie
STORY: Final = """\
story: What is measured
timezone: UTC
currency: CNY
meters: {calls: {aggregate: count}}
plans:
  calls: {interval: month, anchor: calendar, charges: [{code: call, model: per_unit, meter: calls, price: "0.01"}]}
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""
Told = tuple[UUID, list[NewEvent]]


@dataclass(frozen=True, slots=True)
class Written:
    """What one writer did, and when, by the clock that all processes share."""

    began: float
    ended: float
    batches: list[float]
    again: float  # the first batch, told once more
    cpu_seconds: float
    peak_rss_mb: int


def measure(*, size: int, workers: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """Record `size` events; the figures as `bench --json` prints them."""
    with place.own_database("ingest"):
        return record_and_compare(size=size, workers=workers, tell=tell)


def record_and_compare(*, size: int, workers: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """The same in the database that there is."""
    share = max(size // workers, 1)
    ids = _subscribers(workers * ACCOUNTS)
    before = place.counts(with_partitions=True)
    tell(f"Telling {share * workers:,} events by {workers} writers, {BATCH:,} in a batch.")
    written: list[Written] = place.at_once(
        lambda worker: _write(worker, ids=ids[worker * ACCOUNTS : (worker + 1) * ACCOUNTS], count=share),
        workers=workers,
    )
    made = UsageEvent.objects.count()
    if made != share * workers or UsageKey.objects.count() != made:
        raise AssertionError(f"{share * workers} events were told, {made} were kept.")
    tell("Writing the same rows with nothing but COPY.")
    limit = place.bare_seconds(before=before, key_of={}, workers=workers, with_partitions=True)
    return _figures(written, made=made, limit_seconds=limit)


def _figures(written: Sequence[Written], *, made: int, limit_seconds: float) -> dict[str, Any]:
    seconds = max(one.ended for one in written) - min(one.began for one in written)
    batches = [batch for one in written for batch in one.batches]
    repeated = min(BATCH, made // len(written))
    return {
        "bench": "ingest",
        "size": made,
        "workers": len(written),
        "seconds": round(seconds, 3),
        "rate": round(made / seconds),
        "limit_rate": round(made / limit_seconds),
        "ratio": round(limit_seconds / seconds, 3),
        "p50_ms": round(1000 * place.percentile(batches, 0.5), 1),
        "p99_ms": round(1000 * place.percentile(batches, 0.99), 1),
        "peak_rss_mb": max(one.peak_rss_mb for one in written),
        "cpu_seconds": round(sum(one.cpu_seconds for one in written), 3),
        "repeated_rate": round(repeated * len(written) / max(one.again for one in written)),
        "notes": f"a batch is {BATCH:,} events, committed and on the disk; told again they were all known "
        "(repeated_rate); CPU is the writers', not the database's",
    }


def _subscribers(count: int) -> list[UUID]:
    stage = set_stage(read_story(STORY))
    subscribers = [Subscriber(name=f"Customer {number}", plan="calls") for number in range(count)]
    subscribe_all(stage=stage, subscribers=subscribers, day=DAY, at=START)
    return [one.id for one in subscribers]


def _write(worker: int, *, ids: Sequence[UUID], count: int) -> Written:
    """Tell so many events of one's own accounts in turn; then the first batch once more, which changes nothing."""
    told = _batches(worker, ids=ids, count=count)
    batches: list[float] = []
    began, cpu_began = time.perf_counter(), time.process_time()
    for one in told:
        batches.append(_tell(one, outcome="recorded"))
    ended, cpu_seconds = time.perf_counter(), time.process_time() - cpu_began
    again = _tell(told[0], outcome="duplicate")
    return Written(began, ended, batches, again, cpu_seconds, place.peak_rss_mb())


def _batches(worker: int, *, ids: Sequence[UUID], count: int) -> list[Told]:
    """The events, ready in memory."""
    step, one = timedelta(seconds=SPAN_SECONDS / count), Decimal(1)
    return [
        (
            ids[turn % len(ids)],
            [
                NewEvent(f"{worker}-{number}", "calls", START + step * number, one)
                for number in range(first, min(first + BATCH, count))
            ],
        )
        for turn, first in enumerate(range(0, count, BATCH))
    ]


def _tell(told: Told, *, outcome: Any) -> float:
    account_id, events = told
    began = time.perf_counter()
    said = record_usage(account_id=account_id, source="bench", events=events, by=SYSTEM, at=TOLD_AT)
    seconds = time.perf_counter() - began
    if said.count(outcome) != len(events):
        raise AssertionError(f"Of {len(events)} events {said.count(outcome)} were {outcome}.")
    return seconds
