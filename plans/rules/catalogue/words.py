"""A version in words: what a charge costs, when it is billed, how long an interval is. Untranslated, facts typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from plans.rules.calendar import Interval
from plans.rules.rating import Tier
from plans.rules.terms import MeterTerms
from plans.rules.usage import SALES
from provider.kernel.errors import N_
from provider.kernel.sentences import Percent, Sentence, UnitPrice

from .content import Charge, Price

# What an editor offers: the models, and a percentage of sales by the name that business people give it.
REVENUE_SHARE: Final = "revenue_share"
OF_SALES: Final = MeterTerms(SALES, "sum", carries_over=False)  # what a revenue share counts
MODEL_NAMES: Final = {
    "flat": N_("Fixed price"),
    "per_unit": N_("Price per unit"),
    "graduated": N_("Tiers, each unit at its own tier’s price"),
    "volume": N_("Tiers, all units at the price of one"),
    "package": N_("Packages"),
    "percentage": N_("Share of a value"),
    REVENUE_SHARE: N_("Revenue share"),
    "one_time": N_("Once"),
}
MODEL_TEXTS: Final = {
    "flat": N_("The same for each period, such as a basic price; with introductory prices if you like."),
    "per_unit": N_("So much for each seat, record, call or phone line."),
    "graduated": N_("3 free, then 30.00 each, from the 21st on 24.00: only what comes on top is cheaper."),
    "volume": N_("Up to 100 at 5.00, above that all at 4.00: the whole number decides."),
    "package": N_("5.00 for each 1,000 begun, with units that are free."),
    "percentage": N_("A percentage of the value of each event, with a fixed part, free events and limits."),
    REVENUE_SHARE: N_("A percentage of the deals that the customer wins in the CRM; the first so much may be free."),
    "one_time": N_("When the customer starts: set-up, training, customisation."),
}  # fmt: skip
AGGREGATE_NAMES: Final = {
    "count": N_("Number of events"),
    "sum": N_("Sum of their values"),
    "max": N_("Highest value"),
    "latest": N_("Latest value"),
    "unique": N_("Number of distinct items"),
}
MEMBER_NAMES: Final = {
    "interval": N_("Interval"),
    "anchor": N_("Periods begin"),
    "trial_days": N_("Trial days"),
    "grace_days": N_("Days of grace"),
    "late_usage_days": N_("Days that usage may be late"),
    "bills_last_day": N_("The day of a cancellation is billed"),
    "minimum": N_("Minimum"),
    "entitlements": N_("What is allowed"),
    "charge": N_("Charge"),
    "names": N_("Names"),
    "model": N_("Kind of price"),
    "meter": N_("Meter"),
    "timing": N_("Billed"),
    "is_prorated": N_("By the day"),
    "is_free_in_trial": N_("Free in the trial"),
    "quantity": N_("Units sold with it"),
    "tax_rate": N_("Tax rate"),
    "price": N_("Amount of the price"),
    "tiers": N_("Tiers"),
    "phases": N_("Introductory prices"),
    "size": N_("Units in a package"),
    "free_units": N_("Free units"),
    "rate": N_("Share"),
    "fixed": N_("Fixed part of an event"),
    "free_events": N_("Free events"),
    "free_total": N_("Free value"),
    "min_per_event": N_("Least per event"),
    "max_per_event": N_("Most per event"),
}
WHYS: Final = {
    "no_subscription": N_("The account had no subscription."),
    "unknown_subscription": N_("The account has no subscription of that name."),
    "not_served": N_("No subscription was served at that moment."),
    "not_in_plan": N_("The plan at that moment neither prices nor limits it."),
    "several_subscriptions": N_("Several subscriptions count it, and the event names none."),
    "other_currency": N_("It is in another currency than the subscription is billed in."),
}
FEATURES: Final = {
    "seats": N_("Seats"),
    "records": N_("Customer records"),
    "custom_fields": N_("Custom fields"),
    "sms": N_("Text messages"),
}
MISSING_NAMES: Final = {
    "plan": N_("Plan “%(name)s”: no name in %(languages)s"),
    "charge": N_("Charge “%(name)s”: no name in %(languages)s"),
    "meter": N_("Meter “%(name)s”: no name in %(languages)s"),
}
EACH_PRICE: Final = N_("%(price)s %(each)s")
_EACH: Final = {
    (1, 0): N_("a month"),
    (3, 0): N_("a quarter"),
    (6, 0): N_("a half-year"),
    (12, 0): N_("a year"),
    (0, 1): N_("a day"),
    (0, 7): N_("a week"),
}
_LENGTHS: Final = {
    (1, 0): N_("1 month"),
    (12, 0): N_("1 year"),
    (0, 1): N_("1 day"),
    (0, 7): N_("1 week"),
}


_PHASE_TEXTS: Final = {  # by month or by day, one or several
    (True, True): N_("first month: %(price)s"),
    (True, False): N_("first %(count)s months: %(price)s"),
    (False, True): N_("first day: %(price)s"),
    (False, False): N_("first %(count)s days: %(price)s"),
}


def each(interval: Interval) -> Sentence:
    """ "a month", "every 18 months"."""
    if named := _EACH.get((interval.months, interval.days)):
        return Sentence(named)
    if whole_years := _whole_years(interval):
        return Sentence(N_("every %(count)s years"), {"count": whole_years})
    if interval.months:
        return Sentence(N_("every %(count)s months"), {"count": interval.months})
    return Sentence(N_("every %(count)s days"), {"count": interval.days})


def length(interval: Interval) -> Sentence:
    """ "1 month", "18 months", "2 years": months, unless they are whole years."""
    if named := _LENGTHS.get((interval.months, interval.days)):
        return Sentence(named)
    if whole_years := _whole_years(interval):
        return Sentence(N_("%(count)s years"), {"count": whole_years})
    if interval.months:
        return Sentence(N_("%(count)s months"), {"count": interval.months})
    return Sentence(N_("%(count)s days"), {"count": interval.days})


def _whole_years(interval: Interval) -> int:
    return 0 if interval.months % 12 else interval.months // 12


def billed(charge: Charge) -> list[Sentence]:
    """When a charge is billed, and whether by the day."""
    if charge.model == "one_time":
        return [Sentence(N_("at the start"))]
    said = [Sentence(N_("in advance") if charge.timing == "in_advance" else N_("in arrears"))]
    if charge.is_prorated:
        said.append(Sentence(N_("by the day")))
    if charge.interval is not None:
        said.append(each(charge.interval))
    if charge.is_free_in_trial:
        said.append(Sentence(N_("free in the trial")))
    return said


def cost(charge: Charge, *, currency: str, interval: Interval) -> list[Sentence]:
    """What a charge costs in a currency, part by part; nothing where it has no price in it."""
    price = charge.prices.get(currency)
    if price is None:
        return []
    said = list(_cost(charge, price, currency=currency, interval=charge.interval or interval))
    if price.minimum is not None:
        said.append(Sentence(N_("at least %(price)s"), {"price": UnitPrice(price.minimum, currency)}))
    return said


def _cost(charge: Charge, price: Price, *, currency: str, interval: Interval) -> Iterator[Sentence]:
    unit = UnitPrice(price.price, currency)
    if charge.model == "flat":
        yield from _flat(price, currency=currency, interval=interval)
    elif charge.model == "one_time":
        yield Sentence(N_("%(price)s, once"), {"price": unit})
    elif charge.model == "per_unit" and charge.quantity:
        yield Sentence(N_("%(units)s at %(price)s"), {"units": charge.quantity, "price": unit})
    elif charge.model == "per_unit":
        yield Sentence(N_("%(price)s each"), {"price": unit})
    elif charge.model in ("graduated", "volume"):
        yield from _tiers(price.tiers, is_volume=charge.model == "volume", currency=currency)
    elif charge.model == "package":
        yield Sentence(N_("%(price)s per %(size)s"), {"price": unit, "size": price.size})
        if price.free_units:
            yield Sentence(N_("first %(units)s free"), {"units": price.free_units})
    else:
        yield from _percentage(price, is_of_sales=charge.meter_name == SALES, currency=currency)


def _flat(price: Price, *, currency: str, interval: Interval) -> Iterator[Sentence]:
    for phase in price.phases[:-1]:
        facts = {"price": UnitPrice(phase.price, currency), "count": phase.months or phase.days}
        yield Sentence(_PHASE_TEXTS[bool(phase.months), facts["count"] == 1], facts)
    lasting = price.phases[-1].price if price.phases else price.price
    yield Sentence(EACH_PRICE, {"price": UnitPrice(lasting, currency), "each": each(interval)})


def _tiers(tiers: Sequence[Tier], *, is_volume: bool, currency: str) -> Iterator[Sentence]:
    below = Decimal(0)
    for tier in tiers:
        facts = {
            "first": below + 1,
            "last": tier.up_to,
            "price": UnitPrice(tier.unit, currency),
            "flat": UnitPrice(tier.flat, currency),
        }
        yield Sentence(_tier_text(tier, is_first=not below, is_volume=is_volume), facts)
        if tier.flat:
            yield Sentence(N_("plus %(flat)s once"), facts)
        below = tier.up_to or below


def _tier_text(tier: Tier, *, is_first: bool, is_volume: bool) -> str:
    if tier.up_to is None and is_first:
        return N_("%(price)s each")
    if is_volume:
        return N_("above: all at %(price)s") if tier.up_to is None else N_("up to %(last)s: all at %(price)s")
    if tier.up_to is None:
        return N_("from %(first)s on: %(price)s each")
    return N_("%(first)s to %(last)s: %(price)s each") if tier.unit else N_("%(first)s to %(last)s free")


def model_of(charge: Charge) -> str:
    """What an editor calls the kind of price of a charge: a plain share of sales by its own name."""
    is_share = charge.model == "percentage" and charge.meter_name == SALES and charge.timing == "in_arrears"
    return REVENUE_SHARE if is_share and not any(map(_has_more, charge.prices.values())) else charge.model


def _has_more(price: Price) -> bool:
    """Whether a percentage says more than its rate, what is free, and the least of a period."""
    limits = (price.free_events, price.min_per_event, price.max_per_event)
    return bool(price.fixed) or any(limit is not None for limit in limits)


def _percentage(price: Price, *, is_of_sales: bool, currency: str) -> Iterator[Sentence]:
    text = N_("%(rate)s of the deals won") if is_of_sales else N_("%(rate)s of the value")
    yield Sentence(text, {"rate": Percent((price.rate or Decimal(0)).scaleb(-2))})
    if price.fixed:
        yield Sentence(N_("plus %(price)s per event"), {"price": UnitPrice(price.fixed, currency)})
    if price.free_events is not None:
        yield Sentence(N_("first %(count)s events free"), {"count": price.free_events})
    if price.free_total is not None:
        yield Sentence(N_("first %(price)s free"), {"price": UnitPrice(price.free_total, currency)})
    if price.min_per_event is not None:
        yield Sentence(N_("at least %(price)s per event"), {"price": UnitPrice(price.min_per_event, currency)})
    if price.max_per_event is not None:
        yield Sentence(N_("at most %(price)s per event"), {"price": UnitPrice(price.max_per_event, currency)})
