"""Very many accounts with a subscription each, written in sets: what a billing run finds, before it has billed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from plans.models import PlanVersion
from plans.rules.calendar import Interval, schedule_of
from provider.kernel.copying import copy_rows
from provider.kernel.ids import new_id
from provider.workshop.stories.stage import Stage

_ACCOUNT = {
    "id": "uuid", "name": "text", "currency": "text", "language": "text", "time_zone": "text", "country": "text",
    "company_name": "text", "tax_id": "text", "address": "text", "email": "text",
    "is_test": "bool", "created_at": "timestamptz",
}  # fmt: skip
_SUBSCRIPTION = {
    "id": "uuid", "account_id": "uuid", "code": "text", "status": "text", "is_main": "bool", "currency": "text",
    "time_zone": "text", "pays": "text", "first_on": "date", "started_at": "timestamptz", "ended_at": "timestamptz",
    "next_due_at": "timestamptz", "created_at": "timestamptz",
}  # fmt: skip
_STRETCH = {
    "subscription_id": "uuid", "position": "int2", "version_id": "uuid", "cause": "text", "start_on": "date",
    "from_at": "timestamptz", "end_on": "date", "until_at": "timestamptz", "end_cause": "text",
}  # fmt: skip
_SCHEDULE = {
    "subscription_id": "uuid", "position": "int2", "from_on": "date", "interval_months": "int2",
    "interval_days": "int2", "anchor_on": "date", "day_of_month": "int2",
}  # fmt: skip
_QUANTITY = {"subscription_id": "uuid", "charge_code": "text", "from_at": "timestamptz", "quantity": "numeric"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Somebody who subscribes: what units they buy, and whether they have left again before the run."""

    name: str
    plan: str
    quantities: Mapping[str, Decimal] = field(default_factory=dict)
    has_left: bool = False
    id: UUID = field(default_factory=new_id)
    subscription_id: UUID = field(default_factory=new_id)


def subscribe_all(*, stage: Stage, subscribers: Sequence[Subscriber], day: date, at: datetime) -> None:
    """Write them all as they would be after subscribing on `day`, with their first period still to be billed."""
    zone = stage.account.time_zone
    currency = stage.account.currency
    with transaction.atomic():
        copy_rows(
            table="accounts_account",
            columns=_ACCOUNT,
            rows=((one.id, one.name, currency, "en", zone, "", one.name, "", "", "", False, at) for one in subscribers),
        )
        copy_rows(
            table="plans_subscription",
            columns=_SUBSCRIPTION,
            rows=(_subscription(one, zone=zone, currency=currency, day=day, at=at) for one in subscribers),
        )
        copy_rows(
            table="plans_stretch",
            columns=_STRETCH,
            rows=(_stretch(one, version=stage.versions[one.plan], day=day, at=at) for one in subscribers),
        )
        copy_rows(
            table="plans_subscriptionschedule",
            columns=_SCHEDULE,
            rows=(_schedule(one, version=stage.versions[one.plan], day=day) for one in subscribers),
        )
        copy_rows(
            table="plans_subscriptionquantity",
            columns=_QUANTITY,
            rows=(
                (one.subscription_id, charge, at, quantity)
                for one in subscribers
                for charge, quantity in one.quantities.items()
            ),
        )


def _subscription(one: Subscriber, *, zone: str, currency: str, day: date, at: datetime) -> tuple[object, ...]:
    status, ended_at, due_at = ("ended", at, None) if one.has_left else ("active", None, at)
    return (
        one.subscription_id, one.id, "main", status, True, currency, zone, "on_terms", day, at, ended_at, due_at, at
    )  # fmt: skip


def _stretch(one: Subscriber, *, version: PlanVersion, day: date, at: datetime) -> tuple[object, ...]:
    ended = (day, at, "cancel") if one.has_left else (None, None, "")
    return (one.subscription_id, 0, version.id, "start", day, at, *ended)


def _schedule(one: Subscriber, *, version: PlanVersion, day: date) -> tuple[object, ...]:
    interval = Interval(months=version.interval_months, days=version.interval_days)
    assert version.anchor == "calendar", "what is measured begins with the calendar's month"
    schedule = schedule_of(interval=interval, anchor="calendar", start=day)
    return (
        one.subscription_id, 0, day, interval.months, interval.days, schedule.anchor, schedule.day_of_month
    )  # fmt: skip
