"""Prices agreed for one subscription, and from which day on another one could be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from django.db.models import Max, QuerySet

from plans.models import AgreedPrice, Period
from plans.rules.agreed import Amounts
from plans.rules.catalogue import Charge
from plans.rules.rating import Tier
from provider.kernel.errors import NotFound


def agreed_prices_of(*subscription_ids: UUID) -> QuerySet[AgreedPrice]:
    """Those that hold, held or will hold, in the order of their days."""
    rows = AgreedPrice.objects.filter(subscription_id__in=subscription_ids, withdrawn_at=None)
    return rows.select_related("plan").order_by("charge_code", "start_on", "id")


def access_agreed_price(*, subscription_id: UUID, agreed_id: UUID) -> AgreedPrice:
    """One of them."""
    row = agreed_prices_of(subscription_id).filter(pk=agreed_id).first()
    if row is None:
        raise NotFound()
    return row


def billed_until(subscription_id: UUID, *, charge: str) -> date | None:
    """The first day of a charge that is not billed yet; None where none is."""
    rows = Period.objects.filter(subscription_id=subscription_id, charge_code=charge)
    last: date | None = rows.aggregate(last=Max("end_on"))["last"]
    return last


def charge_at(charge: Charge, *, currency: str, amounts: Amounts) -> Charge:
    """A charge of the catalogue with other amounts in one currency, for whoever words it."""
    price = charge.prices[currency]
    tiers = zip(price.tiers, amounts.tiers, strict=False)
    other = replace(
        price,
        phases=(),
        price=price.price if amounts.price is None else amounts.price,
        tiers=tuple(Tier(tier.up_to, unit, flat) for tier, (unit, flat) in tiers),
        rate=price.rate if amounts.rate is None else amounts.rate,
        fixed=price.fixed if amounts.fixed is None else amounts.fixed,
        min_per_event=amounts.min_per_event,
        max_per_event=amounts.max_per_event,
    )
    return replace(charge, prices={currency: other})
