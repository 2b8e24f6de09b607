"""`bench billing`: subscriptions with a base fee, seats and calls, billed for a month that has closed.

Each invoice comes with its lines, periods, state, number, ledger entry and postings, and the batch with its event.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from invoices.operations import runs
from plans.models import Meter
from plans.rules.story import read_story
from provider.kernel.actor import SYSTEM
from provider.kernel.copying import copy_rows
from provider.workshop.stories.stage import Stage, set_stage

from . import place
from .subscribers import Subscriber, subscribe_all

DAY: Final = date(2026, 1, 1)
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
CLOSED: Final = datetime(2026, 2, 1, tzinfo=UTC)
SEATS, CALLS = 3, 5
STORY: Final = """\
story: What is measured
timezone: UTC
currency: CNY
tax: "6"
meters:
  seats: {aggregate: unique, property: user, carries_over: true}
  calls: {aggregate: count}
plans:
  team:
    interval: month
    anchor: calendar
    bill: in_advance
    price: "100.00"
    charges:
      - {code: seat, model: per_unit, meter: seats, price: "31", prorate: true}
      - {code: call, model: graduated, meter: calls, tiers: [{up_to: 3, unit: "0.5"}, {unit: "0.2"}]}
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""
_EVENT: Final = {
    "id": "int8", "at": "timestamptz", "account_id": "uuid", "subscription_id": "uuid", "meter_id": "int8",
    "value": "numeric", "item": "text", "is_removal": "bool", "source": "text", "event_id": "text", "batch_id": "int8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Worked:
    """What one worker did."""

    done: runs.Batch
    seconds: float
    chunks: list[float]
    peak_rss_mb: int


def measure(*, size: int, workers: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """Bill `size` subscriptions for the month that has closed; the figures as `bench --json` prints them."""
    with place.own_database("billing"):
        tell(f"Preparing {size} subscriptions with {SEATS + CALLS} events each.")
        prepare(size=size)
        bill(as_of=START, workers=workers)
        before = place.counts()
        tell("Billing the month that has closed.")
        worked, seconds = bill(as_of=CLOSED, workers=workers)
        tell("Writing the same rows with nothing but COPY.")
        limit = place.bare_seconds(before=before, key_of=_new(), workers=workers)
    return figures(name="billing", worked=worked, seconds=seconds, limit_seconds=limit, workers=workers)


def figures(*, name: str, worked: list[Worked], seconds: float, limit_seconds: float, workers: int) -> dict[str, Any]:
    """One measurement in the words of `bench --json`."""
    made = sum(one.done.invoices for one in worked)
    chunks = [chunk for one in worked for chunk in one.chunks]
    return {
        "bench": name,
        "size": made,
        "workers": workers,
        "seconds": round(seconds, 3),
        "rate": round(made / seconds),
        "limit_rate": round(made / limit_seconds),
        "ratio": round(limit_seconds / seconds, 3),
        "p50_ms": round(1000 * place.percentile(chunks, 0.5), 1),
        "p99_ms": round(1000 * place.percentile(chunks, 0.99), 1),
        "peak_rss_mb": max(one.peak_rss_mb for one in worked),
        "notes": f"a chunk is {runs.BATCH} subscriptions; the limit is COPY of the same rows without any rule",
    }


def prepare(*, size: int) -> Stage:
    """A seller, and so many subscribers with seats and calls."""
    stage = set_stage(read_story(STORY))
    subscribers = [Subscriber(name=f"Customer {number}", plan="team") for number in range(size)]
    subscribe_all(stage=stage, subscribers=subscribers, day=DAY, at=START)
    _use(stage, subscribers)
    return stage


def _use(stage: Stage, subscribers: list[Subscriber]) -> None:
    meters = dict(Meter.objects.filter(seller=stage.seller.account_id).values_list("code", "id"))
    events = [("seats", 0, f"user {n}") for n in range(SEATS)] + [("calls", 24 * n + 9, "") for n in range(CALLS)]
    numbers = iter(range(1, len(subscribers) * len(events) + 1))
    copy_rows(
        table="plans_usageevent",
        columns=_EVENT,
        rows=(
            (
                next(numbers), START + timedelta(hours=hours), one.id, one.subscription_id, meters[meter], 1, item,
                False, "bench", f"{one.id}-{meter}-{item}-{hours}", 1,
            )
            for one in subscribers
            for meter, hours, item in events
        ),
    )  # fmt: skip


def bill(*, as_of: datetime, workers: int) -> tuple[list[Worked], float]:
    """Bill what is due with so many processes, and how long it took until the last one was done."""

    def work(_: int) -> Worked:
        done, began = runs.Batch(), time.perf_counter()
        chunks: list[float] = []
        while True:
            chunk_began = time.perf_counter()
            batch = runs.bill_batch(as_of=as_of, by=SYSTEM)
            if not batch.accounts:
                return Worked(done, time.perf_counter() - began, chunks, place.peak_rss_mb())
            done.add(batch)
            chunks.append(time.perf_counter() - chunk_began)

    worked: list[Worked] = place.at_once(work, workers=workers)
    return worked, max(one.seconds for one in worked)


def _new() -> dict[str, str]:
    """Which rows the second month added, in the tables that had some before."""
    return {
        "plans_period": "t.settled_at >= '2026-02-01Z'",
        "invoices_invoice": "t.due_at >= '2026-02-01Z'",
        "invoices_invoiceline": "t.invoice_id in (select id from invoices_invoice where due_at >= '2026-02-01Z')",
        "invoices_invoicestate": "t.invoice_id in (select id from invoices_invoice where due_at >= '2026-02-01Z')",
        "kernel_ledgerentry": "t.at >= '2026-02-01Z'",
        "kernel_ledgerposting": "t.entry_id in (select id from kernel_ledgerentry where at >= '2026-02-01Z')",
        "kernel_outboxevent": "t.at >= '2026-02-01Z'",
    }
