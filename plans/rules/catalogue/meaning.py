"""What a version means to rating, in one currency."""

from __future__ import annotations

from plans.rules.rating import PercentagePrice
from plans.rules.service import ChargeTerms
from plans.rules.terms import Charge as RatedCharge
from plans.rules.terms import PlanTerms

from .content import BASE, Charge, Price, Version


def terms_in(version: Version, *, currency: str, name: str) -> PlanTerms:
    """The terms of the version in a currency; charges without a price in it are left out, as publishing forbids them.

    `name` is what the lines call the plan: rating tells the stretches of two versions apart by it.
    """
    return PlanTerms(
        name=name,
        interval=version.interval,
        charges=tuple(
            _rated(charge, price=charge.prices[currency], version=version)
            for charge in version.charges
            if currency in charge.prices
        ),
        minimum=version.minimums.get(currency),
        trial_days=version.trial_days,
        grace_days=version.grace_days,
        bills_last_day=version.bills_last_day,
    )


def _rated(charge: Charge, *, price: Price, version: Version) -> RatedCharge:
    return RatedCharge(
        due=ChargeTerms(
            code=charge.code,
            timing=charge.timing,
            is_prorated=charge.is_prorated,
            interval=charge.interval,
            phases=price.phases,
            trial_days=version.trial_days if charge.code == BASE or charge.is_free_in_trial else 0,
            is_term=charge.model == "flat",
        ),
        model=charge.model,
        price=price.price,
        tiers=price.tiers,
        size=price.size,
        free_units=price.free_units,
        percentage=_percentage(price),
        meter=charge.meter,
        quantity=charge.quantity,
        minimum=price.minimum,
        tax_rate=charge.tax_rate,
    )


def _percentage(price: Price) -> PercentagePrice | None:
    if price.rate is None:
        return None
    return PercentagePrice(
        rate=price.rate,
        fixed=price.fixed,
        free_events=price.free_events,
        free_total=price.free_total,
        min_per_event=price.min_per_event,
        max_per_event=price.max_per_event,
    )
