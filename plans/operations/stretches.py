"""The rows of service: stretches and schedules. A stretch is opened, and later closed; a schedule is only added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Max

from plans.models import Stretch, Subscription, SubscriptionSchedule
from plans.queries.terms import Sold
from plans.rules.calendar import Schedule


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
    Stretch.objects.filter(subscription_id=stretch.subscription_id, position=stretch.position).update(**facts)


def open_stretch(
    subscription: Subscription,
    *,
    terms: Sold,
    cause: str,
    day: date,
    at: datetime,
    end_on: date | None = None,
    until_at: datetime | None = None,
    position: int | None = None,
) -> None:
    """Serve from a day and an instant on; `position` is the next free one, where it is known."""
    if position is None:
        position = _next_position(Stretch, subscription)
    Stretch.objects.create(
        subscription=subscription,
        position=position,
        version_id=terms.version_id,
        cause=cause,
        start_on=day,
        from_at=at,
        end_on=end_on,
        until_at=until_at,
        end_cause="" if end_on is None else "end",
    )


def _next_position(model: type[Stretch] | type[SubscriptionSchedule], subscription: Subscription) -> int:
    last = model.objects.filter(subscription=subscription).aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def add_schedule(subscription: Subscription, *, day: date, schedule: Schedule, position: int | None = None) -> None:
    """Have periods follow another schedule from a day on; `position` is the next free one, where it is known."""
    if position is None:
        position = _next_position(SubscriptionSchedule, subscription)
    SubscriptionSchedule.objects.create(
        subscription=subscription,
        position=position,
        from_on=day,
        interval_months=schedule.interval.months,
        interval_days=schedule.interval.days,
        anchor_on=schedule.anchor,
        day_of_month=schedule.day_of_month,
    )
