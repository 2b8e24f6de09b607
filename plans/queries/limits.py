"""What an account uses against what its plan allows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet

from plans.models import Entitlement, Meter, Plan, Stretch, Subscription, SubscriptionSchedule
from plans.queries.explorer import UsageSeries, usage_by_day
from plans.queries.facts import schedule_of_row
from plans.queries.terms import sold_version
from plans.rules.pricing import included_in
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
    for stretch in _served_at(account.pk, at=at):
        rows = Entitlement.objects.filter(version_id=stretch.version_id, limit__isnull=False)
        allowed = {row.feature: row for row in rows if meters is None or row.feature in meters}
        if allowed:
            found += _used_of(stretch, account=account, allowed=allowed, at=at)
    return found


def highest_limit(*, account_id: UUID, at: datetime, meters: Collection[str]) -> int | None:
    """The highest limit on one of the meters of what the account is served now; None: nothing limits them."""
    served = _served_at(account_id, at=at).order_by().values("version_id")
    rows = Entitlement.objects.filter(version_id__in=served, feature__in=list(meters))
    highest: int | None = rows.aggregate(highest=Max("limit"))["highest"]
    return highest


def _used_of(stretch: Stretch, *, account: Account, allowed: dict[str, Entitlement], at: datetime) -> list[LimitUse]:
    period_on, series = _series_of(stretch, account=account, at=at)
    return [
        LimitUse(
            subscription=stretch.subscription,
            plan=stretch.version.plan,
            meter=one.meter,
            period_on=period_on,
            used=one.total,
            limit=allowed[one.meter.code].limit or 0,
            stops=allowed[one.meter.code].stops_at_limit,
        )
        for one in series
        if one.meter.code in allowed
    ]


def _served_at(account_id: UUID, *, at: datetime) -> QuerySet[Stretch]:
    """What the account is served at the instant, whether or not an end was chosen."""
    runs = Q(until_at=None) | Q(until_at__gt=at)
    rows = Stretch.objects.filter(runs, subscription__account_id=account_id, from_at__lte=at)
    return rows.select_related("subscription", "version__plan").order_by("-subscription__is_main", "subscription_id")


def _series_of(stretch: Stretch, *, account: Account, at: datetime) -> tuple[date, list[UsageSeries]]:
    """The first day of the period that runs, and what was counted in it of this subscription."""
    subscription = stretch.subscription
    today = local_day(at=at, zone=ZoneInfo(subscription.time_zone))
    period_on = _period_on(subscription.pk, day=today)
    series = usage_by_day(account=account, start=period_on, end=today + timedelta(days=1), at=at)
    return period_on, [one for one in series if one.subscription.pk == subscription.pk]


def _period_on(subscription_id: UUID, *, day: date) -> date:
    """The first day of the period that runs; of the month where nothing is scheduled yet."""
    rows = SubscriptionSchedule.objects.filter(subscription_id=subscription_id, from_on__lte=day)
    row = rows.order_by("-position").first()  # the last wish holds
    return schedule_of_row(row).whole_period(day)[0] if row else day.replace(day=1)


def stopping_meters(*, account_id: UUID, meters: Collection[str]) -> list[str]:
    """Those of the meters on which a plan of the account stops at its limit."""
    served = Stretch.objects.filter(subscription__account_id=account_id, end_on=None).values("version_id")
    rows = Entitlement.objects.filter(version_id__in=served, stops_at_limit=True, feature__in=list(meters))
    return list(rows.values_list("feature", flat=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterUse:
    """What is used of one thing that the plan counts: `limit` None is without limit; so many are `included` free."""

    subscription: Subscription
    meter: Meter
    used: Decimal
    limit: int | None = None
    stops: bool = False
    included: Decimal | None = None

    def has_reached(self, percent: int) -> bool:
        """Whether so much of the limit is used."""
        return self.limit is not None and self.used > 0 and self.used * 100 >= self.limit * percent


def uses_of(*, account: Account, at: datetime) -> list[MeterUse]:
    """What the account uses of all that its plans count or limit: of a level now, of a flow in the period that runs."""
    found: list[MeterUse] = []
    for stretch in _served_at(account.pk, at=at):
        terms = sold_version(version_id=stretch.version_id, currency=stretch.subscription.currency).terms
        included = {one.meter.name: included_in(one) for one in terms.charges if one.meter is not None}
        rows = Entitlement.objects.filter(version_id=stretch.version_id)
        allowed = {row.feature: row for row in rows}
        found += [
            MeterUse(
                subscription=stretch.subscription,
                meter=one.meter,
                used=one.total,
                limit=allowed[one.meter.code].limit if one.meter.code in allowed else None,
                stops=one.meter.code in allowed and allowed[one.meter.code].stops_at_limit,
                included=included.get(one.meter.code),
            )
            for one in _series_of(stretch, account=account, at=at)[1]
            if one.meter.code in included or one.meter.code in allowed
        ]
    return found
