"""What an account used, meter by meter, by day or by hour of one day: the numbers that its bill counts too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from plans.errors import BadUsageSpan
from plans.models import Meter, Subscription, UsageEvent
from plans.queries.catalogue import meter_terms
from plans.rules.counted import CountedUsage, Used
from provider.accounts.models import Account
from provider.kernel.clock import first_instant, local_day

from .corrections import taken_back, with_taken_back
from .naming import item_name
from .sums import NOTHING, Counted, Step, sums_of

LONGEST: Final = 366  # days at once
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Point:
    """What was counted in one day or hour."""

    start: date | datetime
    event_count: int
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSeries:
    """One meter of one subscription. Of a level a point says what stood there; of a flow what ran through."""

    meter: Meter
    subscription: Subscription
    points: Sequence[Point]
    total: Decimal  # of a flow over all points, of a level at the end

    @property
    def event_count(self) -> int:
        """How many events there were."""
        return sum(point.event_count for point in self.points)


def check_span(*, start: date, end: date) -> None:
    """Refuses days that are none, or too many for one answer."""
    if not start < end <= start + timedelta(days=LONGEST):
        raise BadUsageSpan(field="start", most=LONGEST)


def subscriptions_that_count(*, account_id: UUID) -> QuerySet[Subscription]:
    """The account's subscriptions, the main one first."""
    return Subscription.objects.filter(account_id=account_id).order_by("-is_main", "created_at", "id")


def usage_by_day(*, account: Account, start: date, end: date, at: datetime) -> list[UsageSeries]:
    """The days [start, end) of each subscription's own zone, none of them after today."""
    made: list[UsageSeries] = []
    for subscription in subscriptions_that_count(account_id=account.id):
        zone = ZoneInfo(subscription.time_zone)
        last = min(end, local_day(at=at, zone=zone) + timedelta(days=1))
        days = [start + timedelta(days=n) for n in range(min((last - start).days, LONGEST))]
        if days:
            made += _series(subscription, step="day", buckets=days, zone=zone, at=at)
    return made


def usage_by_hour(*, account: Account, day: date, at: datetime) -> list[UsageSeries]:
    """The hours of one day, up to now."""
    made: list[UsageSeries] = []
    for subscription in subscriptions_that_count(account_id=account.id):
        zone = ZoneInfo(subscription.time_zone)
        opens = first_instant(day=day, zone=zone).astimezone(UTC)
        closes = min(first_instant(day=day + timedelta(days=1), zone=zone).astimezone(UTC), at)
        first = opens.replace(minute=0, second=0, microsecond=0)
        hours = [first + timedelta(hours=n) for n in range(26) if first + timedelta(hours=n) < closes]
        if hours:
            made += _series(subscription, step="hour", buckets=hours, zone=zone, at=at)
    return made


# --- Series ---


@dataclass(frozen=True, slots=True)
class _Frame:
    """The buckets that are asked for, and the instants at which each opens and closes."""

    step: Step
    buckets: Sequence[date | datetime]
    zone: ZoneInfo
    at: datetime

    def opens(self, bucket: date | datetime) -> datetime:
        return bucket if isinstance(bucket, datetime) else first_instant(day=bucket, zone=self.zone)

    def after(self, bucket: date | datetime) -> date | datetime:
        return bucket + (timedelta(hours=1) if self.step == "hour" else timedelta(days=1))

    def closes(self, bucket: date | datetime) -> datetime:
        return self.opens(self.after(bucket))


def _series(
    subscription: Subscription, *, step: Step, buckets: Sequence[date | datetime], zone: ZoneInfo, at: datetime
) -> list[UsageSeries]:
    frame = _Frame(step, buckets, zone, at)
    counted = sums_of(
        account_id=subscription.account_id,
        subscription_ids=[subscription.id],
        step=step,
        start=buckets[0],
        end=frame.after(buckets[-1]),
        until_at=frame.closes(buckets[-1]),
    )
    sums = {meter_id: one for (_, meter_id), one in counted.items()}
    meters = Meter.objects.filter(pk__in=sums).order_by("-carries_over", "code")
    read = _events(subscription, meters=[meter for meter in meters if _is_read_from_events(meter)], frame=frame)
    return [_one(subscription, meter=meter, sums=sums[meter.pk], read=read, frame=frame) for meter in meters]


def _is_read_from_events(meter: Meter) -> bool:
    """Distinct items and latest values cannot be added up from parts."""
    return meter.aggregate in ("unique", "latest")


def _events(subscription: Subscription, *, meters: Collection[Meter], frame: _Frame) -> CountedUsage:
    rows = UsageEvent.objects.filter(
        subscription_id=subscription.id, meter_id__in=[m.pk for m in meters], at__lt=frame.closes(frame.buckets[-1])
    ).order_by("at", "id")
    if meters and (undone := taken_back(account_id=subscription.account_id)):
        rows = rows.exclude(id__in=undone)
    codes = {meter.pk: meter for meter in meters}
    since = frame.opens(frame.buckets[0])
    told = (
        (codes[meter_id].code, Used(at, value, item, is_removal))
        for meter_id, at, value, item, is_removal in rows.values_list("meter_id", "at", "value", "item", "is_removal")
        if codes[meter_id].carries_over or at >= since
    )
    return CountedUsage(zone=frame.zone, events=told if meters else ())


def _one(subscription: Subscription, *, meter: Meter, sums: Counted, read: CountedUsage, frame: _Frame) -> UsageSeries:
    quantities, total = (_from_events if _is_read_from_events(meter) else _from_sums)(meter, sums, read, frame)
    points = [
        Point(bucket, sums.buckets.get(bucket, NOTHING).event_count, quantity)
        for bucket, quantity in zip(frame.buckets, quantities, strict=True)
    ]
    return UsageSeries(meter=meter, subscription=subscription, points=points, total=total)


_Found = tuple[Sequence[Decimal], Decimal]


def _from_sums(meter: Meter, sums: Counted, read: CountedUsage, frame: _Frame) -> _Found:
    parts = [sums.buckets.get(bucket, NOTHING).total for bucket in frame.buckets]
    if meter.carries_over:
        levels, level = [], sums.before.total
        for part in parts:
            level += part
            levels.append(level)
        return levels, level
    if meter.aggregate == "max":
        return parts, max(parts, default=ZERO)
    return parts, sum(parts, ZERO)


def _from_events(meter: Meter, sums: Counted, read: CountedUsage, frame: _Frame) -> _Found:
    terms = meter_terms(meter)
    opens, closes = frame.opens(frame.buckets[0]), frame.closes(frame.buckets[-1])
    if meter.carries_over:
        level = read.level(terms, until_at=closes)
        if frame.step == "day":
            days = [bucket for bucket in frame.buckets if not isinstance(bucket, datetime)]
            end = days[-1] + timedelta(days=1)
            return read.daily(terms, start=days[0], end=end, until_at=closes), level
        return [read.level(terms, until_at=frame.closes(bucket)) for bucket in frame.buckets], level
    each = [read.total(terms, from_at=frame.opens(bucket), until_at=frame.closes(bucket)) for bucket in frame.buckets]
    return each, read.total(terms, from_at=opens, until_at=closes)


# --- The events behind a figure ---


def events_of(
    *, account_id: UUID, meter_ids: Collection[int] | None = None, since: datetime, until: datetime
) -> QuerySet[UsageEvent]:
    """The account's events of [since, until), each with `is_taken_back` and whom it counts, `item_name`."""
    ids = list(subscriptions_that_count(account_id=account_id).values_list("id", flat=True))
    rows = with_taken_back(UsageEvent.objects.filter(subscription_id__in=ids, at__gte=since, at__lt=until))
    rows = rows if meter_ids is None else rows.filter(meter_id__in=list(meter_ids))
    return rows.annotate(item_name=item_name())
