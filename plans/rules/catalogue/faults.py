"""What is wrong with a version. A draft may lack things (`gaps_in`) but never says what cannot be (`faults_in_...`).

A refusal's `field` names the place: "meter" of a charge, "price_CNY" or "tiers_CNY.1.unit" of a price.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Final

from plans.errors import (
    AnchorDayUnfit,
    ChargeCodeBad,
    ChargeCodeTaken,
    ChargesMissing,
    CurrenciesMissing,
    CurrencyNotSold,
    DiffersByCurrency,
    EventLimitsCrossed,
    FreeInTrialUnfit,
    IntervalUnfit,
    MeterUnfit,
    NegativePrice,
    PackageTooSmall,
    PhasesUnfit,
    PriceMemberUnfit,
    PriceMissing,
    PriceTooFine,
    PriceTooLarge,
    ProrationUnfit,
    QuantityUnfit,
    RateUnfit,
    ShareInAdvance,
    TaxRateUnfit,
    TiersOpen,
    TiersOverlap,
    UnknownPlanCurrency,
)
from plans.rules.calendar import Interval
from plans.rules.rating import MOST_PRICE_DECIMALS, Tier
from plans.rules.usage import SALES
from provider.kernel.errors import Refusal

from .content import Charge, Price, Version
from .members import PLAIN, SHARED, members_of

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_RESERVED: Final = frozenset({"minimum"})
_MOST: Final = Decimal(10) ** 12
_METERED_ONLY: Final = frozenset({"graduated", "volume", "package", "percentage"})
_TAX_DECIMALS: Final = 4
_USUAL: Final = Price()


def with_fitting(version: Version, charge: Charge, *, instead_of: str = "") -> Version:
    """The version with a charge that fits it, new or in the place of another one; raises what stands in the way."""
    for fault in faults_in_charge(charge, interval=version.interval):
        raise fault
    for currency in charge.prices:
        if currency not in version.currencies:
            raise CurrencyNotSold(field=f"prices.{currency}", currency=currency)
    return version.with_charge(charge, instead_of=instead_of)


def faults_in_change(before: Version, after: Version, *, currencies: Collection[str]) -> Iterator[Refusal]:
    """What cannot be in a draft that was changed.

    Plans that were published long ago may count otherwise in each currency. Such a charge may stay while something
    else is changed, so that several are mended one after the other; it keeps the draft from being published.
    """
    for fault in faults_in_version(after, currencies=currencies):
        if not isinstance(fault, DiffersByCurrency) or after.charge(str(fault.facts["charge"])) not in before.charges:
            yield fault


def unlike_in(version: Version) -> Iterator[DiffersByCurrency]:
    """The charges that count otherwise in each currency."""
    for charge in version.charges:
        yield from _faults_between_currencies(charge)


def faults_in_version(version: Version, *, currencies: Collection[str]) -> Iterator[Refusal]:
    """What cannot be in the terms of a whole version; `currencies` are those offered here."""
    for currency in version.currencies:
        if currency not in currencies:
            yield UnknownPlanCurrency(field="currencies", currency=currency)
    if not _anchor_fits(version):
        yield AnchorDayUnfit(field="anchor_day")
    for currency, amount in version.minimums.items():
        yield from _faults_in_amount(amount, name=f"minimum_{currency}")
        if currency not in version.currencies:
            yield CurrencyNotSold(field=f"minimum_{currency}", currency=currency)
    seen: set[str] = set()
    for charge in version.charges:
        if charge.code in seen:
            yield ChargeCodeTaken(field="code", charge=charge.code)
        seen.add(charge.code)
        yield from faults_in_charge(charge, interval=version.interval)


def _anchor_fits(version: Version) -> bool:
    if version.anchor != "day" or version.anchor_day is None:
        return version.anchor != "day" and version.anchor_day is None
    return bool(version.interval.months) and 1 <= version.anchor_day <= 31


def gaps_in(version: Version) -> Iterator[Refusal]:
    """What a version still lacks before it can be published."""
    if not version.currencies:
        yield CurrenciesMissing(field="currencies")
    if not version.charges:
        yield ChargesMissing()
    for charge in version.charges:
        for currency in version.currencies:
            if currency not in charge.prices:
                yield PriceMissing(charge=charge.code, currency=currency)


def faults_in_charge(charge: Charge, *, interval: Interval) -> Iterator[Refusal]:
    """What cannot be in a charge of a plan with this interval."""
    if not _CODE.fullmatch(charge.code) or charge.code in _RESERVED:
        yield ChargeCodeBad(field="code")
    yield from _faults_in_shape(charge)
    if _is_trial_unfit(charge):
        yield FreeInTrialUnfit(field="is_free_in_trial")
    if charge.interval is not None and not _divides(charge.interval, whole=interval):
        yield IntervalUnfit(field="interval")
    if charge.tax_rate is not None and not _is_tax_rate(charge.tax_rate):
        yield TaxRateUnfit(field="tax_rate")
    if charge.quantity is not None:
        yield from _faults_in_amount(charge.quantity, name="quantity")
    for currency, price in charge.prices.items():
        yield from _faults_in_price(price, charge=charge, currency=currency)
        yield from _faults_in_members(price, charge=charge, currency=currency)
    yield from _faults_between_currencies(charge)


def _faults_between_currencies(charge: Charge) -> Iterator[DiffersByCurrency]:
    """At the first currency that counts otherwise than the first one."""
    first, *others = charge.prices or ("",)
    for second in others:
        if _counted(charge.prices[second], charge=charge) != _counted(charge.prices[first], charge=charge):
            yield DiffersByCurrency(field="prices", charge=charge.code, first=first, second=second)
            return


def _is_tax_rate(rate: Decimal) -> bool:
    return 0 <= rate <= 100 and -int(rate.normalize().as_tuple().exponent) <= _TAX_DECIMALS


def _faults_in_members(price: Price, *, charge: Charge, currency: str) -> Iterator[Refusal]:
    """What this kind of price has no place for; `_faults_in_phases` speaks of phases."""
    for name in (field.name for field in fields(Price)):
        if name not in {*members_of(charge.model), "phases"} and getattr(price, name) != getattr(_USUAL, name):
            yield PriceMemberUnfit(field=f"{name}_{currency}", member=name)


def _counted(price: Price, *, charge: Charge) -> tuple[object, ...]:
    """What of a price is no amount of money."""
    shared = [getattr(price, name) for name in SHARED.get(charge.model, ())]
    return (*shared, *(tier.up_to for tier in price.tiers), *((one.days, one.months) for one in price.phases))


def _faults_in_shape(charge: Charge) -> Iterator[Refusal]:
    """Which parts a model has, and which it cannot have."""
    if charge.model in _METERED_ONLY and charge.meter is None:
        yield MeterUnfit(field="meter")
    if charge.model in PLAIN and charge.meter is not None:
        yield MeterUnfit(field="meter")
    wants_quantity = charge.model == "per_unit" and charge.meter is None
    if wants_quantity != (charge.quantity is not None) or (charge.quantity or 0) < 0:
        yield QuantityUnfit(field="quantity")
    counts_time = charge.meter is None or charge.meter.carries_over
    if charge.meter_name == SALES and charge.timing == "in_advance":
        yield ShareInAdvance(field="timing")
    if charge.is_prorated and (charge.model in ("one_time", "percentage") or not counts_time):
        yield ProrationUnfit(field="is_prorated")


def _is_trial_unfit(charge: Charge) -> bool:
    """What is due once, at the start, has no days that a trial could free."""
    return charge.is_free_in_trial and charge.model == "one_time"


def _divides(part: Interval, *, whole: Interval) -> bool:
    if part.months and whole.months:
        return whole.months % part.months == 0
    return bool(part.days and whole.days) and whole.days % part.days == 0


def _faults_in_price(price: Price, *, charge: Charge, currency: str) -> Iterator[Refusal]:
    amounts: Mapping[str, Decimal | None] = {
        "price": price.price,
        "free_units": price.free_units,
        "fixed": price.fixed,
        "free_total": price.free_total,
        "min_per_event": price.min_per_event,
        "max_per_event": price.max_per_event,
        "minimum": price.minimum,
        "size": price.size,
    }
    for name, amount in amounts.items():
        if amount is not None:
            yield from _faults_in_amount(amount, name=f"{name}_{currency}")
    if charge.model == "package" and price.size <= 0:
        yield PackageTooSmall(field=f"size_{currency}")
    if charge.model in ("graduated", "volume"):
        yield from _faults_in_tiers(price.tiers, name=f"tiers_{currency}")
    if charge.model == "percentage":
        yield from _faults_in_percentage(price, currency=currency)
    yield from _faults_in_phases(price, charge=charge, currency=currency)


def _faults_in_amount(amount: Decimal, *, name: str) -> Iterator[Refusal]:
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or abs(amount) >= _MOST:
        yield PriceTooLarge(field=name)
    elif amount < 0:
        yield NegativePrice(field=name)
    elif exponent < -MOST_PRICE_DECIMALS:
        yield PriceTooFine(field=name, most=MOST_PRICE_DECIMALS)


def _faults_in_tiers(tiers: tuple[Tier, ...], *, name: str) -> Iterator[Refusal]:
    """Tiers begin where the one before ends, so they have no gaps but an open end, and no overlap but a wrong order."""
    if not tiers or tiers[-1].up_to is not None:
        yield TiersOpen(field=name)
    before = Decimal(0)
    for place, tier in enumerate(tiers[:-1], start=1):
        if tier.up_to is None or tier.up_to <= before:
            yield TiersOverlap(field=f"{name}.{place - 1}.up_to", tier=place, before=f"{before:f}")
            return
        before = tier.up_to
    for place, tier in enumerate(tiers):
        amounts = {"up_to": tier.up_to, "unit": tier.unit, "flat": tier.flat}
        for member, amount in amounts.items():
            if amount is not None:
                yield from _faults_in_amount(amount, name=f"{name}.{place}.{member}")


def _faults_in_percentage(price: Price, *, currency: str) -> Iterator[Refusal]:
    if price.rate is None or not 0 <= price.rate <= 100:
        yield RateUnfit(field=f"rate_{currency}")
    else:
        yield from _faults_in_amount(price.rate, name=f"rate_{currency}")
    low, high = price.min_per_event, price.max_per_event
    if low is not None and high is not None and low > high:
        yield EventLimitsCrossed(field=f"max_per_event_{currency}")


def _faults_in_phases(price: Price, *, charge: Charge, currency: str) -> Iterator[Refusal]:
    """Every phase but the last says how long it lasts; the last one stays."""
    name = f"phases_{currency}"
    if price.phases and charge.model != "flat":
        yield PhasesUnfit(field=name)
    for place, phase in enumerate(price.phases, start=1):
        is_last = place == len(price.phases)
        if (phase.days > 0) + (phase.months > 0) != (0 if is_last else 1):
            yield PhasesUnfit(field=name)
        yield from _faults_in_amount(phase.price, name=f"{name}.{place - 1}.price")
