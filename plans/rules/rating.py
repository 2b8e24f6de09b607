"""What units cost: each charge model as a pure function that returns its steps, so that a line can explain itself.

Amounts are exact decimals in major units, nothing is rounded here: a line is rounded once, where it is made. Products
of decimals are exact as long as nobody divides; shares of time are applied by the caller as a fraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import Final

ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=60, traps=[Inexact])
MOST_PRICE_DECIMALS: Final = 8


class BadPrice(ValueError):
    """The prices of a charge contradict themselves; the text says which and what would be right."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to and including `up_to` units (None: all further ones), each at `unit`, and `flat` once when reached."""

    up_to: Decimal | None
    unit: Decimal
    flat: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a price: `units` at `unit`, plus `flat`."""

    units: Decimal
    unit: Decimal
    flat: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        return _EXACT.add(_EXACT.multiply(self.units, self.unit), self.flat)


def total(steps: Iterable[Step]) -> Decimal:
    """The exact sum of the steps."""
    amount = ZERO
    for step in steps:
        amount = _EXACT.add(amount, step.amount)
    return amount


def check_price(price: Decimal) -> None:
    """Refuse what is no price: not a number, in scientific notation beyond its digits, or with over 8 decimals."""
    if not price.is_finite():
        raise BadPrice("A price is a number, such as 12.50.")
    exponent = price.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MOST_PRICE_DECIMALS:
        raise BadPrice(f"A price has at most {MOST_PRICE_DECIMALS} decimals; {price} has {-exponent}.")


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Tiers rise without overlap, and exactly the last one is open; raises `BadPrice`."""
    if not tiers or tiers[-1].up_to is not None:
        raise BadPrice("The last tier has no upper limit, so that every number of units has a price.")
    before = ZERO
    for number, tier in enumerate(tiers[:-1], start=1):
        if tier.up_to is None or tier.up_to <= before:
            raise BadPrice(f"Tier {number} must end above {before}, where the one before it ends.")
        before = tier.up_to
    for tier in tiers:
        check_price(tier.unit)
        check_price(tier.flat)


def per_unit(*, units: Decimal, price: Decimal) -> list[Step]:
    """Every unit at the same price."""
    return [Step(units=units, unit=price)]


def graduated(*, units: Decimal, tiers: Sequence[Tier]) -> list[Step]:
    """Each unit at the price of the tier it falls in; a tier's flat is due when the tier is reached.

    The first tier is reached even with no units.
    """
    steps: list[Step] = []
    below = ZERO
    for number, tier in enumerate(tiers):
        if number and units <= below:
            break
        top = units if tier.up_to is None else min(units, tier.up_to)
        steps.append(Step(units=max(top - below, ZERO), unit=tier.unit, flat=tier.flat))
        below = tier.up_to if tier.up_to is not None else units
    return steps


def volume(*, units: Decimal, tiers: Sequence[Tier]) -> list[Step]:
    """Every unit at the price of the one tier that the number of units reaches."""
    reached = next(tier for tier in tiers if tier.up_to is None or units <= tier.up_to)
    return [Step(units=units, unit=reached.unit, flat=reached.flat)]


def package(*, units: Decimal, size: Decimal, price: Decimal, free_units: Decimal = ZERO) -> list[Step]:
    """Whole packages of `size` units, begun ones included, after the free units."""
    if size <= 0:
        raise BadPrice("A package holds at least one unit.")
    paid = max(units - free_units, ZERO)
    full, begun = divmod(paid, size)
    return [Step(units=full + (1 if begun else 0), unit=price)]


@dataclass(frozen=True, slots=True)
class PercentagePrice:
    """`rate` percent of each event's value plus `fixed`, kept between the limits, after what is free."""

    rate: Decimal
    fixed: Decimal = ZERO
    free_events: int | None = None
    free_total: Decimal | None = None
    min_per_event: Decimal | None = None
    max_per_event: Decimal | None = None


def percentage(*, values: Iterable[Decimal], price: PercentagePrice) -> list[Step]:
    """One step per paid event, in the events' order.

    Events are free while within every free limit that is given; the event that crosses `free_total` pays the rate on
    its excess; after the first paid event nothing is free.
    """
    steps: list[Step] = []
    summed = ZERO
    for seen, value in enumerate(values, start=1):
        summed += value
        paid = value if steps else _paid_part(value=value, seen=seen, summed=summed, price=price)
        if paid is not None:
            steps.append(_percentage_step(paid=paid, price=price))
    return steps


def _paid_part(*, value: Decimal, seen: int, summed: Decimal, price: PercentagePrice) -> Decimal | None:
    """What of the first events is paid: None while all is free."""
    has_limits = price.free_events is not None or price.free_total is not None
    beyond_count = price.free_events is not None and seen > price.free_events
    excess = summed - price.free_total if price.free_total is not None else ZERO
    if not has_limits or beyond_count:
        return value
    return min(excess, value) if excess > 0 else None


def _percentage_step(*, paid: Decimal, price: PercentagePrice) -> Step:
    step = Step(units=paid, unit=price.rate.scaleb(-2), flat=price.fixed)
    if price.min_per_event is not None and step.amount < price.min_per_event:
        return Step(units=ZERO, unit=ZERO, flat=price.min_per_event)
    if price.max_per_event is not None and step.amount > price.max_per_event:
        return Step(units=ZERO, unit=ZERO, flat=price.max_per_event)
    return step
