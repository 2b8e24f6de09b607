"""From units to steps by a charge's model, and from steps to money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Final

from provider.kernel.money import exponent_of, round_half_away

from . import rating
from .rating import Step
from .terms import Charge

_EXACT: Final = Context(prec=120, traps=[Inexact])


def free_of_charge(steps: Sequence[Step]) -> list[Step]:
    """The same units at no price: what a trial makes of them."""
    return [Step(step.units, Decimal(0)) for step in steps]


def priced(*, steps: Sequence[Step], share: Fraction, currency: str) -> int:
    """Minor units of the steps' sum times a share of time, rounded once; what is `flat` in a step is never shared."""
    shared = whole = Decimal(0)
    for step in steps:
        shared = _EXACT.fma(step.units, step.unit, shared)
        whole = _EXACT.add(whole, step.flat)
    part, of = shared.as_integer_ratio()
    flat, of_flat = whole.as_integer_ratio()
    parts, share_of = part * share.numerator, of * share.denominator
    return round_half_away(
        numerator=(parts * of_flat + flat * share_of) * 10 ** exponent_of(currency), denominator=share_of * of_flat
    )


def steps_of(charge: Charge, *, units: Decimal) -> list[Step]:
    """What `units` cost by the charge's model, step by step."""
    if charge.model == "graduated":
        return rating.graduated(units=units, tiers=charge.tiers)
    if charge.model == "volume":
        return rating.volume(units=units, tiers=charge.tiers)
    if charge.model == "package":
        return rating.package(units=units, size=charge.size, price=charge.price, free_units=charge.free_units)
    return rating.per_unit(units=units, price=charge.price)


def difference_of(more: Sequence[Step], less: Sequence[Step]) -> list[Step]:
    """The steps of `more`, and those of `less` taken off."""
    return [*more, *(Step(-step.units, step.unit, -step.flat) for step in less)]


def merged(steps: Sequence[Step]) -> list[Step]:
    """Steps of one unit price as one: unit-days at that price."""
    units: dict[Decimal, Decimal] = {}
    for step in steps:
        units[step.unit] = units.get(step.unit, Decimal(0)) + step.units
    return [Step(count, unit) for unit, count in units.items() if count]


def included_in(charge: Charge) -> Decimal | None:
    """How many units cost nothing before the first that does; None where the first one costs."""
    if charge.model == "graduated" and charge.tiers and not (charge.tiers[0].unit or charge.tiers[0].flat):
        return charge.tiers[0].up_to
    return charge.free_units or None if charge.model == "package" else None
