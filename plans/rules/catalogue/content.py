"""A version of a plan as values: what an editor changes, a digest covers and rating reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from plans.errors import ChargeGone
from plans.rules.calendar import Anchor as Boundary
from plans.rules.calendar import Interval
from plans.rules.literals import AnchorKind
from plans.rules.rating import Tier
from plans.rules.service import Phase, Timing
from plans.rules.terms import MeterTerms, Model

BASE: Final = "base"  # the charge that a trial always frees
ZERO: Final = Decimal(0)
MONTH: Final = Interval(months=1)
Anchor = AnchorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The amounts of a charge in one currency, in major units."""

    price: Decimal = ZERO
    tiers: tuple[Tier, ...] = ()
    phases: tuple[Phase, ...] = ()
    size: Decimal = Decimal(1)
    free_units: Decimal = ZERO
    rate: Decimal | None = None
    fixed: Decimal = ZERO
    free_events: int | None = None
    free_total: Decimal | None = None
    min_per_event: Decimal | None = None
    max_per_event: Decimal | None = None
    minimum: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One price of a version; `names` are its names in English, Simplified and Traditional Chinese."""

    code: str
    model: Model
    timing: Timing
    is_prorated: bool
    names: tuple[str, str, str] = ("", "", "")
    meter: MeterTerms | None = None
    interval: Interval | None = None  # None: the plan's
    quantity: Decimal | None = None
    tax_rate: Decimal | None = None  # percent; None: the seller's
    is_free_in_trial: bool = False  # beside the base fee, which always is
    prices: Mapping[str, Price] = field(default_factory=dict)

    @property
    def meter_name(self) -> str:
        return self.meter.name if self.meter else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What is allowed of a feature: `limit` None is without limit."""

    limit: int | None = None
    stops_at_limit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Everything that a version promises."""

    interval: Interval = MONTH
    anchor: Anchor = "anniversary"
    anchor_day: int | None = None
    trial_days: int = 0
    grace_days: int = 7
    late_usage_days: int = 35
    bills_last_day: bool = True
    currencies: tuple[str, ...] = ()
    charges: tuple[Charge, ...] = ()
    minimums: Mapping[str, Decimal] = field(default_factory=dict)
    entitlements: Mapping[str, Entitlement] = field(default_factory=dict)

    @property
    def is_trial_free(self) -> bool:
        """Whether there is a trial in which nothing at all is charged."""
        return self.trial_days > 0 and all(one.code == BASE or one.is_free_in_trial for one in self.charges)

    @property
    def boundary(self) -> Boundary:
        """Where periods begin, as schedules want it: the day of the month itself where one was chosen."""
        if self.anchor == "day":
            assert self.anchor_day is not None, "an anchor on a day names the day"
            return self.anchor_day
        return self.anchor

    def charge(self, code: str) -> Charge | None:
        """The charge of this code, if there is one."""
        return next((charge for charge in self.charges if charge.code == code), None)

    def with_charge(self, charge: Charge, *, instead_of: str = "") -> Version:
        """The version with a charge as its last, or in the place of the one that has the code `instead_of`.

        Raises `ChargeGone` where that one is not there any more: it would come back by being changed.
        """
        if not instead_of:
            return replace(self, charges=(*self.charges, charge))
        if self.charge(instead_of) is None:
            raise ChargeGone(charge=instead_of)
        return replace(self, charges=tuple(charge if old.code == instead_of else old for old in self.charges))

    def without_charge(self, code: str) -> Version:
        """The version without the charge of this code."""
        return replace(self, charges=tuple(charge for charge in self.charges if charge.code != code))


def number(value: Decimal) -> str:
    """A decimal without an exponent and without zeros that say nothing."""
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def plain_of(version: Version) -> dict[str, Any]:
    """The content as JSON, the same for the same content however it was written: 1 and 1.00, one order of keys."""
    return {
        "interval": _interval(version.interval),
        "anchor": version.anchor if version.anchor_day is None else version.anchor_day,
        "trial_days": version.trial_days,
        "grace_days": version.grace_days,
        "late_usage_days": version.late_usage_days,
        "bills_last_day": version.bills_last_day,
        "charges": [_charge(charge) for charge in version.charges],
        "minimums": {code: number(amount) for code, amount in sorted(version.minimums.items())},
        "entitlements": {
            feature: {"limit": allowed.limit, "stops_at_limit": allowed.stops_at_limit}
            for feature, allowed in sorted(version.entitlements.items())
        },
    }


def digest_of(version: Version) -> str:
    """64 characters that two versions share only if they promise the same."""
    text = json.dumps(plain_of(version), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _interval(interval: Interval) -> dict[str, int]:
    return {"months": interval.months} if interval.months else {"days": interval.days}


def _charge(charge: Charge) -> dict[str, Any]:
    return {
        "code": charge.code,
        "names": list(charge.names),
        "model": charge.model,
        "meter": charge.meter_name,
        "timing": charge.timing,
        "is_prorated": charge.is_prorated,
        "interval": _interval(charge.interval) if charge.interval else None,
        "quantity": _maybe(charge.quantity),
        "tax_rate": _maybe(charge.tax_rate),
        "prices": {currency: plain_price(price) for currency, price in sorted(charge.prices.items())},
        **({"is_free_in_trial": True} if charge.is_free_in_trial else {}),  # absent: digests stay as they were
    }


def plain_price(price: Price) -> dict[str, Any]:
    """The amounts as JSON; what is absent is left out."""
    plain: dict[str, Any] = {
        "price": number(price.price),
        "tiers": [_tier(tier) for tier in price.tiers],
        "phases": [_phase(phase) for phase in price.phases],
        "size": number(price.size),
        "free_units": number(price.free_units),
        "rate": _maybe(price.rate),
        "fixed": number(price.fixed),
        "free_events": price.free_events,
        "free_total": _maybe(price.free_total),
        "min_per_event": _maybe(price.min_per_event),
        "max_per_event": _maybe(price.max_per_event),
        "minimum": _maybe(price.minimum),
    }
    return {name: value for name, value in plain.items() if value is not None and value != []}


def _tier(tier: Tier) -> dict[str, Any]:
    return {"up_to": _maybe(tier.up_to), "unit": number(tier.unit), "flat": number(tier.flat)}


def _phase(phase: Phase) -> dict[str, Any]:
    return {"price": number(phase.price), "days": phase.days, "months": phase.months}


def _maybe(value: Decimal | None) -> str | None:
    return None if value is None else number(value)


def tiers_of(plain: list[dict[str, Any]]) -> tuple[Tier, ...]:
    """What `plain_price` wrote of tiers."""
    return tuple(
        Tier(
            up_to=None if tier.get("up_to") is None else Decimal(tier["up_to"]),
            unit=Decimal(tier["unit"]),
            flat=Decimal(tier.get("flat", "0")),
        )
        for tier in plain
    )


def phases_of(plain: list[dict[str, Any]]) -> tuple[Phase, ...]:
    """What `plain_price` wrote of phases."""
    return tuple(
        Phase(price=Decimal(phase["price"]), days=int(phase.get("days", 0)), months=int(phase.get("months", 0)))
        for phase in plain
    )
