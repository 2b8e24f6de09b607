"""The terms of a plan as rating sees them: every default settled, nothing left to guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from .calendar import Interval
from .rating import PercentagePrice, Tier
from .service import ChargeTerms

Model = Literal["flat", "per_unit", "graduated", "volume", "package", "percentage", "one_time"]
Aggregate = Literal["count", "sum", "max", "latest", "unique"]
Kind = Literal["recurring", "usage", "one_time", "minimum", "adjustment"]


@dataclass(frozen=True, slots=True)
class MeterTerms:
    """What a charge counts, how events become a number, and whether the number carries over to the next period."""

    name: str
    aggregate: Aggregate
    carries_over: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """One price of a plan. `due` says when and for which spans; the rest says how much."""

    due: ChargeTerms
    model: Model
    price: Decimal = Decimal(0)
    tiers: tuple[Tier, ...] = ()
    size: Decimal = Decimal(1)
    free_units: Decimal = Decimal(0)
    percentage: PercentagePrice | None = None
    meter: MeterTerms | None = None
    quantity: Decimal | None = None
    minimum: Decimal | None = None
    tax_rate: Decimal | None = None  # None: the seller's rate for the account

    @property
    def code(self) -> str:
        return self.due.code

    @property
    def is_sold_by_units(self) -> bool:
        """Units that stay until they are changed: sold quantities, and levels such as seats."""
        return self.quantity is not None or (self.meter is not None and self.meter.carries_over)

    @property
    def kind(self) -> Kind:
        if self.model == "one_time":
            return "one_time"
        return "usage" if self.meter is not None and not self.meter.carries_over else "recurring"


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A published version of a plan, as rating needs it."""

    name: str
    interval: Interval
    charges: tuple[Charge, ...] = field(default_factory=tuple)
    minimum: Decimal | None = None
    trial_days: int = 0
    grace_days: int = 7
    bills_last_day: bool = True
