"""The events behind a number that was billed: exactly those that were known when it was asked for, and no later ones.

A line keeps what its meter was asked (`plans.rules.units.Tally`): the span, and the newest batch of events that had
come in. What came in since has a higher batch, and so has what was taken back since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast

from plans.models import Meter, UsageBatch, UsageEvent, UsageKey
from plans.rules.usage import CORRECTION
from provider.kernel.sets import among_numbers

from .naming import item_name

ZERO: Final = Decimal(0)
_SIGNED: Final = Case(When(is_removal=True, then=-F("value")), default=F("value"))
_EACH: Final = Case(When(is_removal=True, then=Value(Decimal(-1))), default=Value(Decimal(1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How far an earlier line of the same days had looked: events before an instant, of batches up to one."""

    until_at: datetime
    batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a meter was asked of one subscription: its number over [from_at, until_at) as far as `batch`.

    `is_at_end` asks a level for what stood at the end. `before` was billed by an earlier line and is not listed again.
    """

    subscription_id: UUID
    account_id: UUID
    meter: Meter
    from_at: datetime
    until_at: datetime
    batch: int
    is_at_end: bool = False
    before: Seen | None = None

    @property
    def adds_up(self) -> bool:
        """Whether the number is a sum of what single events count."""
        if self.meter.carries_over:
            return self.meter.aggregate != "unique"
        return self.meter.aggregate in ("count", "sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The number again, from the events: what stood before those that are listed, what they change, what it comes to.

    `change` is None where single events add nothing up. `deciding` is the event whose value is the number.
    """

    start: Decimal
    change: Decimal | None
    total: Decimal
    deciding: int | None = None


# --- Which ---


def events_behind(question: Question) -> QuerySet[UsageEvent]:
    """The events, what took some of them back included; each with whom it counts and the batch that took it back.

    Of a level of distinct items also those by which items were there at the beginning.
    """
    taken = UsageKey.objects.filter(
        account_id=OuterRef("account_id"), source=CORRECTION, event_id=Cast(OuterRef("id"), CharField())
    )
    batch = Subquery(taken.values("batch_id")[:1], output_field=BigIntegerField())
    return _listed(question).annotate(taken_back_batch=batch, item_name=item_name())


def deciding_items(question: Question, rows: QuerySet[UsageEvent]) -> QuerySet[UsageEvent]:
    """Of these events, each item's first one: by it the item counts. What an earlier line had seen came first."""
    order = ("item", "at", "id") if question.before is None else ("item", "batch_id", "at", "id")
    counted = _within(_counted(question), question).filter(is_removal=False)
    # Asked for first and by itself: inside the other question it is asked again for each of its rows.
    first = counted.order_by(*order).distinct("item").values_list("id", flat=True)
    return rows.filter(id__in=among_numbers(first))


def _told(question: Question) -> QuerySet[UsageEvent]:
    """All that had come in, until the end of the span."""
    return UsageEvent.objects.filter(
        subscription_id=question.subscription_id,
        meter_id=question.meter.pk,
        at__lt=question.until_at,
        batch_id__lte=question.batch,
    )


def _within(rows: QuerySet[UsageEvent], question: Question) -> QuerySet[UsageEvent]:
    return rows.filter(at__gte=question.from_at)


def _counted(question: Question) -> QuerySet[UsageEvent]:
    """Those that count: neither taken back at the time, nor taking back."""
    undone = (
        UsageKey.objects.filter(account_id=question.account_id, source=CORRECTION, batch_id__lte=question.batch)
        .annotate(number=Cast("event_id", BigIntegerField()))
        .values("number")
    )  # asked once for all: few of many events are ever taken back
    return _told(question).exclude(source=CORRECTION).exclude(id__in=undone)


def _listed(question: Question) -> QuerySet[UsageEvent]:
    rows, before = _told(question), question.before
    if before is not None:
        rows = rows.filter(Q(batch_id__gt=before.batch) | Q(at__gte=before.until_at))
        return rows if question.meter.carries_over else _within(rows, question)
    if question.meter.carries_over and not question.adds_up:
        there = _there(question, at=question.from_at)
        return rows.filter(Q(at__gte=question.from_at) | Q(id__in=there.values("id")))
    return _within(rows, question)


def _there(question: Question, *, at: datetime) -> QuerySet[UsageEvent]:
    """Of a level of distinct items, the event by which each came that was there just before the instant."""
    last = _counted(question).filter(at__lt=at).order_by("item", "-at", "-id").distinct("item").values("id")
    return _told(question).filter(at__lt=at, id__in=last, is_removal=False)


# --- How much ---


def answer_again(question: Question) -> Answered:
    """What the meter answered, counted again from the events."""
    if question.adds_up:
        change = _sum(_listed(question), question)
        start = _start(question, change=change)
        return Answered(start=start, change=change, total=start + change)
    if question.meter.aggregate == "unique":
        start = ZERO
        if question.meter.carries_over:
            start = Decimal(_there(question, at=question.from_at).count())
        return Answered(start=start, change=None, total=Decimal(_distinct(question)))
    return _single(question)


def _start(question: Question, *, change: Decimal) -> Decimal:
    """What stood before the events that are listed: of a level at the beginning, else what was billed before."""
    if question.before is not None:
        whole = _told(question)
        return _sum(whole if question.meter.carries_over else _within(whole, question), question) - change
    if question.meter.carries_over:
        return _sum(_told(question).filter(at__lt=question.from_at), question)
    return ZERO


def _sum(rows: QuerySet[UsageEvent], question: Question) -> Decimal:
    """A correction is told as the opposite of what it takes back, so the two cancel out."""
    is_count = question.meter.aggregate == "count" and not question.meter.carries_over
    found: Decimal | None = rows.aggregate(sum=Sum(_EACH if is_count else _SIGNED))["sum"]
    return found or ZERO


def _distinct(question: Question) -> int:
    if question.meter.carries_over and question.is_at_end:
        return _there(question, at=question.until_at).count()
    within = Q(at__gte=question.from_at, is_removal=False)
    if question.meter.carries_over:
        within |= Q(id__in=_there(question, at=question.from_at).values("id"))
    return int(_counted(question).filter(within).aggregate(items=Count("item", distinct=True))["items"])


def _single(question: Question) -> Answered:
    """The highest or the latest value, and whose it is."""
    order = ("-value", "at", "id") if question.meter.aggregate == "max" else ("-at", "-id")
    found = _within(_counted(question), question).order_by(*order).values_list("id", "value", "is_removal").first()
    if found is None:
        return Answered(start=ZERO, change=None, total=ZERO)
    event_id, value, is_removal = found
    return Answered(start=ZERO, change=None, total=-value if is_removal else value, deciding=event_id)


def newest_batch(*, account_id: UUID, at: datetime) -> int:
    """The newest batch of an account that had come in at an instant; 0 where none had."""
    rows = UsageBatch.objects.filter(account_id=account_id, received_at__lte=at)
    return int(rows.aggregate(newest=Max("id"))["newest"] or 0)
