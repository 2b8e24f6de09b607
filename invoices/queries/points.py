"""Points of an account, the rate at which they become money, and what was exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from invoices.errors.points import PointsNotExchanged, PointsNotWhole, TooFewPoints
from invoices.models import BalanceLot, PointExchange, PointRate
from invoices.rules.points import Lot, Rate, money_of, most_of
from provider.kernel.actor import Actor
from provider.kernel.money import Money


def rate_in_force(currency: str) -> PointRate | None:
    """At which points are exchanged for this currency now; None where they are not."""
    latest = PointRate.objects.filter(currency=currency).order_by("-at", "-id").first()
    return latest if latest is not None and latest.amount_minor else None


def rates() -> QuerySet[PointRate]:
    """Every rate there was, the latest first."""
    return PointRate.objects.select_related("user").order_by("-at", "-id")


def rates_open_to(by: Actor) -> QuerySet[PointRate]:
    """The rates, for whoever works for the provider: why they were set is nobody else's matter."""
    return rates() if by.portal == "provider" else rates().none()


def rates_in_force() -> set[UUID]:
    """Those of them at which points are exchanged now."""
    latest = PointRate.objects.order_by("currency", "-at", "-id").distinct("currency")
    return {pk for pk, amount_minor in latest.values_list("pk", "amount_minor") if amount_minor}


def point_lots(*, account_id: UUID, at: datetime) -> list[Lot]:
    """The account's points of which something is left, the oldest first."""
    rows = BalanceLot.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at), account_id=account_id, unit="points")
    left = rows.annotate(left=F("amount_minor") - Coalesce(Sum("uses__amount_minor"), 0)).order_by("topped_up_at", "id")
    names = ("id", "currency", "amount_minor", "left", "worth_minor")
    return [
        Lot(id=pk, currency=currency, amount=amount, left=rest, worth_minor=worth)
        for pk, currency, amount, rest, worth in left.values_list(*names)
        if rest > 0
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the account's points could become now; without a rate nothing."""

    left: int
    rate: PointRate | None
    most: int
    money: Money | None  # for the most


def offer_to(*, account_id: UUID, currency: str, at: datetime) -> Offer:
    """How many points there are, and what they would come to."""
    left, rate = sum(lot.left for lot in point_lots(account_id=account_id, at=at)), rate_in_force(currency)
    if rate is None:
        return Offer(left=left, rate=None, most=0, money=None)
    most = most_of(left, rate=told(rate))
    return Offer(left=left, rate=rate, most=most, money=Money(money_of(most, rate=told(rate)), currency))


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What so many points come to, and at which rate."""

    points: int
    money: Money
    left: int
    rate_id: UUID


def promise(offer: Offer, *, points: int, currency: str) -> Promise:
    """What exchanging them would do; refused as the act would be."""
    if offer.rate is None:
        raise PointsNotExchanged()
    check_points(points, step=offer.rate.points, left=offer.left)
    money = Money(money_of(points, rate=told(offer.rate)), currency)
    return Promise(points=points, money=money, left=offer.left - points, rate_id=offer.rate.id)


def check_points(points: int, *, step: int, left: int) -> None:
    """Raises `PointsNotWhole` or `TooFewPoints` for what cannot be exchanged of `left` points."""
    if points < 1 or points % step:
        raise PointsNotWhole(field="points", step=step)
    if points > left:
        raise TooFewPoints(field="points", left=left)


def told(rate: PointRate) -> Rate:
    """A rate in the rules' terms."""
    return Rate(points=rate.points, amount_minor=rate.amount_minor)


def exchanges_of(account_id: UUID) -> QuerySet[PointExchange]:
    """What the account has exchanged, the latest first."""
    return PointExchange.objects.filter(account_id=account_id).select_related("user").order_by("-at", "-id")
