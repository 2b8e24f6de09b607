"""The rows of service: stretches and schedules. A stretch is opened, and later closed; a schedule is only added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Max

from plans.models import Stretch, Subscription, SubscriptionSchedule
from plans.queries.terms import Sold
from plans.rules.calendar import Schedule
from provider.kernel import together


def last_stretch(subscription: Subscription) -> Stretch:
    """The stretch that runs, or the last one that did."""
    return Stretch.objects.filter(subscription=subscription).order_by("-position")[0]


def close_stretch(
    subscription: Subscription, *, day: date, at: datetime, cause: str, last: Stretch | None = None
) -> None:
    """End the stretch that runs (`last`, where it is known): its days, and the instants of its events."""
    last = last or last_stretch(subscription)
    update_stretch(last, end_on=max(day, last.start_on), until_at=max(at, last.from_at), end_cause=cause)


def update_stretch(stretch: Stretch, **facts: Any) -> None:
    of = {"subscription_id": stretch.subscription_id, "position": stretch.position}
    together.change(Stretch, where=of, **facts)


def open_stretch(
    subscription: Subscription,
    *,
    terms: Sold,
    cause: str,
    day: date,
    at: datetime,
    end_on: date | None = None,
    until_at: datetime | None = None,
    end_cause: str = "end",
    is_free: bool = False,
    position: int | None = None,
) -> None:
    """Serve from a day and an instant on; `position` is the next free one, where it is known."""
    if position is None:
        position = _next_position(Stretch, subscription)
    row = Stretch(
        subscription=subscription,
        position=position,
        version_id=terms.version_id,
        cause=cause,
        is_free=is_free,
        start_on=day,
        from_at=at,
        end_on=end_on,
        until_at=until_at,
        end_cause="" if end_on is None else end_cause,
    )
    together.insert(row)


def part_stretch(
    subscription: Subscription,
    *,
    terms: Sold,
    cause: str,
    day: date,
    at: datetime,
    is_free: bool | None = None,
    last: Stretch | None = None,
) -> None:
    """Close the stretch that runs and serve on in another, which keeps an end that is still to come.

    `is_free` says whether the other is never billed; None: as the one before. `last` is that one, where it is known.
    """
    last = last or last_stretch(subscription)
    end_on, until_at = (last.end_on, last.until_at) if last.until_at and last.until_at > at else (None, None)
    close_stretch(subscription, day=day, at=at, cause=cause, last=last)
    open_stretch(
        subscription,
        terms=terms,
        cause=cause,
        day=max(day, last.start_on),
        at=max(at, last.from_at),
        end_on=end_on,
        until_at=until_at,
        end_cause=last.end_cause,
        is_free=last.is_free if is_free is None else is_free,
        position=last.position + 1,
    )


def _next_position(model: type[Stretch] | type[SubscriptionSchedule], subscription: Subscription) -> int:
    last = model.objects.filter(subscription=subscription).aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def add_schedule(subscription: Subscription, *, day: date, schedule: Schedule, position: int | None = None) -> None:
    """Have periods follow another schedule from a day on; `position` is the next free one, where it is known."""
    if position is None:
        position = _next_position(SubscriptionSchedule, subscription)
    row = SubscriptionSchedule(
        subscription=subscription,
        position=position,
        from_on=day,
        interval_months=schedule.interval.months,
        interval_days=schedule.interval.days,
        anchor_on=schedule.anchor,
        day_of_month=schedule.day_of_month,
    )
    together.insert(row)
