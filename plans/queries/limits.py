"""What an account uses against what its plan allows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from plans.models import Entitlement, Meter, Plan, Stretch, Subscription, SubscriptionSchedule
from plans.queries.explorer import usage_by_day
from plans.queries.facts import schedule_of_row
from provider.accounts.models import Account
from provider.kernel.clock import local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """One limit of one subscription, and how much of it is used in the period that runs (of a level: now)."""

    subscription: Subscription
    plan: Plan
    meter: Meter
    period_on: date
    used: Decimal
    limit: int
    stops: bool

    def has_reached(self, percent: int) -> bool:
        """Whether so much of it is used."""
        return self.used > 0 and self.used * 100 >= self.limit * percent


def limits_of(*, account: Account, at: datetime, meters: Collection[str] | None = None) -> list[LimitUse]:
    """The limits of what the account is served now, or only those on some meters."""
    found: list[LimitUse] = []
    open_ones = Stretch.objects.filter(subscription__account_id=account.pk, end_on=None)
    for stretch in open_ones.select_related("subscription", "version__plan"):
        rows = Entitlement.objects.filter(version_id=stretch.version_id, limit__isnull=False)
        allowed = {row.feature: row for row in rows if meters is None or row.feature in meters}
        if allowed:
            found += _used_of(stretch, account=account, allowed=allowed, at=at)
    return found


def _used_of(stretch: Stretch, *, account: Account, allowed: dict[str, Entitlement], at: datetime) -> list[LimitUse]:
    subscription = stretch.subscription
    today = local_day(at=at, zone=ZoneInfo(subscription.time_zone))
    period_on = _period_on(subscription.pk, day=today)
    series = usage_by_day(account=account, start=period_on, end=today + timedelta(days=1), at=at)
    return [
        LimitUse(
            subscription=subscription,
            plan=stretch.version.plan,
            meter=one.meter,
            period_on=period_on,
            used=one.total,
            limit=allowed[one.meter.code].limit or 0,
            stops=allowed[one.meter.code].stops_at_limit,
        )
        for one in series
        if one.subscription.pk == subscription.pk and one.meter.code in allowed
    ]


def _period_on(subscription_id: UUID, *, day: date) -> date:
    """The first day of the period that runs; of the month where nothing is scheduled yet."""
    rows = SubscriptionSchedule.objects.filter(subscription_id=subscription_id, from_on__lte=day)
    row = rows.order_by("-from_on", "-position").first()
    return schedule_of_row(row).whole_period(day)[0] if row else day.replace(day=1)


def stopping_meters(*, account_id: UUID, meters: Collection[str]) -> list[str]:
    """Those of the meters on which a plan of the account stops at its limit."""
    served = Stretch.objects.filter(subscription__account_id=account_id, end_on=None).values("version_id")
    rows = Entitlement.objects.filter(version_id__in=served, stops_at_limit=True, feature__in=list(meters))
    return list(rows.values_list("feature", flat=True))
