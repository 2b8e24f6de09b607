"""Prices agreed for one subscription instead of the plan's, for some days: other amounts of the same charge.

The model, the tiers' limits, what is free and when it is billed stay the plan's. A period is parted where an agreed
price begins or ends, and each part costs its days by its own price, wherever parts of a period have a price at all:
what is shared by days, and what every unit or event costs by itself. What is priced for a period as a whole (tiers,
packages, free events, what is charged in full for any part) takes the price of the day on which the period begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from .rating import Tier
from .terms import Charge

_OF_PERCENTAGE: Final = ("rate", "fixed", "min_per_event", "max_per_event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """The amounts of a charge, as far as its model has them; of a tier, what a unit costs and what is added once."""

    price: Decimal | None = None
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    rate: Decimal | None = None
    fixed: Decimal | None = None
    min_per_event: Decimal | None = None
    max_per_event: Decimal | None = None

    @property
    def all(self) -> Iterator[Decimal]:
        """Each of them."""
        yield from (amount for tier in self.tiers for amount in tier)
        for name in ("price", *_OF_PERCENTAGE):
            if (amount := getattr(self, name)) is not None:
                yield amount


@dataclass(frozen=True, slots=True)
class Agreed:
    """A charge as it was agreed for the days [start, end); None: until it is ended."""

    start: date
    end: date | None
    charge: Charge

    def covers(self, day: date) -> bool:
        """Whether it holds on the day."""
        return self.start <= day and (self.end is None or day < self.end)


def amounts_of(charge: Charge) -> Amounts:
    """The amounts of a charge as the plan says them; an introductory price is passed over for the lasting one."""
    if charge.percentage is not None:
        return Amounts(**{name: getattr(charge.percentage, name) for name in _OF_PERCENTAGE})
    if charge.tiers:
        return Amounts(tiers=tuple((tier.unit, tier.flat) for tier in charge.tiers))
    return Amounts(price=charge.due.phases[-1].price if charge.due.phases else charge.price)


def with_amounts(charge: Charge, amounts: Amounts) -> Charge | None:
    """The charge with other amounts; None where its model has not those amounts (any more)."""
    if charge.model == "one_time":
        return None
    due = replace(charge.due, phases=())
    if charge.percentage is not None:
        if amounts.rate is None:
            return None
        given = {name: getattr(amounts, name) for name in _OF_PERCENTAGE if name != "fixed"}
        share = replace(charge.percentage, fixed=amounts.fixed or Decimal(0), **given)
        return replace(charge, due=due, percentage=share)
    if charge.tiers:
        if len(amounts.tiers) != len(charge.tiers):
            return None
        pairs = zip(charge.tiers, amounts.tiers, strict=True)
        return replace(charge, due=due, tiers=tuple(Tier(tier.up_to, unit, flat) for tier, (unit, flat) in pairs))
    return None if amounts.price is None else replace(charge, due=due, price=amounts.price)


def is_parted(charge: Charge) -> bool:
    """Whether a price that changes within a period parts it."""
    if charge.due.is_prorated:
        return not any(tier.flat for tier in charge.tiers)
    if charge.meter is None or charge.meter.carries_over:
        return False
    share = charge.percentage
    has_nothing_free = share is not None and share.free_events is None and share.free_total is None
    return charge.model == "per_unit" or has_nothing_free


def edges_of(agreed: Sequence[Agreed]) -> tuple[date, ...]:
    """The days on which an agreed price begins or ends, in order."""
    return tuple(sorted({day for one in agreed for day in (one.start, one.end) if day is not None}))


# --- JSON ---


def write(amounts: Amounts) -> dict[str, Any]:
    """The amounts as JSON keeps them: texts, so that no reader comes near a float."""
    plain: dict[str, Any] = {
        name: f"{amount:f}" for name in ("price", *_OF_PERCENTAGE) if (amount := getattr(amounts, name)) is not None
    }
    if amounts.tiers:
        plain["tiers"] = [[f"{unit:f}", f"{flat:f}"] for unit, flat in amounts.tiers]
    return plain


def read(plain: Mapping[str, Any]) -> Amounts:
    """What `write` wrote."""
    single = {name: Decimal(plain[name]) for name in ("price", *_OF_PERCENTAGE) if name in plain}
    tiers = tuple((Decimal(unit), Decimal(flat)) for unit, flat in plain.get("tiers", ()))
    return Amounts(tiers=tiers, **single)
