"""Prices agreed for one subscription instead of the plan's, from a day to a day. Nothing is billed here.

As with the other verbs, whoever calls has locked the account, done the overdue work, and bills what follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from plans import errors
from plans.models import AgreedPrice, Subscription, SubscriptionStatus
from plans.queries.facts import Known, known_subscriptions
from plans.queries.prices import billed_until
from plans.rules import agreed
from plans.rules.agreed import Amounts
from plans.rules.rating import BadPrice, check_price
from plans.rules.terms import Charge
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

from .subscriptions import record


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceWish:
    """What was agreed: of which charge, which amounts, for the days [start_on, end_on); None: until it is ended."""

    charge: str
    amounts: Amounts
    start_on: date
    end_on: date | None = None


def agree_price(*, subscription: Subscription, wish: PriceWish, by: Actor, at: datetime, reason: str) -> AgreedPrice:
    """Have a charge cost other amounts for some days that are not billed yet."""
    if not reason.strip():
        raise errors.PriceNeedsReason(field="reason")
    if subscription.status == SubscriptionStatus.ENDED:
        raise errors.SubscriptionStateForbids(status=subscription.status)
    known = known_subscriptions([subscription])[0]
    charge = _charge_of(known, wish=wish)
    if wish.end_on is not None and wish.end_on <= wish.start_on:
        raise errors.PriceEndsTooEarly(field="end_on")
    _check_unbilled(subscription, charge=wish.charge, day=wish.start_on, field="start_on")
    _check_free(known, wish=wish)

    made = AgreedPrice.objects.create(
        subscription=subscription,
        plan_id=known.current.plan_id,
        charge_code=wish.charge,
        charge_model=charge.model,
        start_on=wish.start_on,
        end_on=wish.end_on,
        amounts=agreed.write(wish.amounts),
        reason=reason.strip()[:400],
        agreed_at=at,
    )

    after = {"charge": wish.charge, "from": wish.start_on, "until": wish.end_on, **_said(wish.amounts)}
    before = _said(agreed.amounts_of(charge))
    record(subscription, verb="agree_price", by=by, at=at, before=before, after=after, reason=made.reason)
    return made


def _said(amounts: Amounts) -> dict[str, object]:
    return {"amounts": ", ".join(f"{amount.normalize():f}" for amount in amounts.all)}


def _charge_of(known: Known, *, wish: PriceWish) -> Charge:
    charge = known.current.charge(wish.charge)
    if charge is None:
        raise NotFound()
    for amount in wish.amounts.all:
        try:
            check_price(amount)
        except BadPrice:
            raise errors.AgreedPriceBad(field="amounts") from None
        if amount < 0:
            raise errors.AgreedPriceBad(field="amounts")
    if agreed.with_amounts(charge, wish.amounts) is None:
        raise errors.AgreedPriceUnfit(field="charge", charge=wish.charge)
    return charge


def _check_unbilled(subscription: Subscription, *, charge: str, day: date, field: str) -> None:
    """Days that were billed keep the price that they were billed at."""
    until = billed_until(subscription.id, charge=charge)
    if until is not None and day < until:
        raise errors.PriceOfBilledDays(field=field, until=until)


def _check_free(known: Known, *, wish: PriceWish) -> None:
    rows = AgreedPrice.objects.filter(
        Q(end_on=None) | Q(end_on__gt=wish.start_on),
        subscription=known.row, plan_id=known.current.plan_id, charge_code=wish.charge, withdrawn_at=None,
    )  # fmt: skip
    if wish.end_on is not None:
        rows = rows.filter(start_on__lt=wish.end_on)
    other = rows.order_by("start_on").first()
    if other is not None:
        raise errors.PriceAgreedAlready(field="start_on", start_on=other.start_on)


def end_price(
    *, subscription: Subscription, agreed_id: UUID, end_on: date, by: Actor, at: datetime, reason: str
) -> AgreedPrice:
    """Have the plan's price hold again from a day on that is not billed yet; before its first day it never holds."""
    if not reason.strip():
        raise errors.PriceNeedsReason(field="reason")
    rows = AgreedPrice.objects.select_for_update().filter(subscription=subscription, withdrawn_at=None)
    row = rows.filter(pk=agreed_id).first()
    if row is None:
        raise NotFound()
    if row.end_on is not None and row.end_on <= end_on:
        raise errors.PriceEndsAlready(field="end_on", end_on=row.end_on)
    _check_unbilled(subscription, charge=row.charge_code, day=end_on, field="end_on")
    before = {"charge": row.charge_code, "until": row.end_on}

    if end_on <= row.start_on:
        row.withdrawn_at = at
    else:
        row.end_on = end_on
    row.save(update_fields=["withdrawn_at", "end_on"])

    after = {"charge": row.charge_code, "until": max(end_on, row.start_on)}
    record(subscription, verb="end_price", by=by, at=at, before=before, after=after, reason=reason.strip()[:400])
    return row
