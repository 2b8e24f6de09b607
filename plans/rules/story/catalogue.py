"""Meters, plans and charges as a story writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, get_args

from plans.rules.calendar import Anchor, AnchorWord, Interval
from plans.rules.rating import BadPrice, Tier, check_tiers
from plans.rules.service import Timing
from plans.rules.terms import Aggregate, Model

from .nodes import Node, Reader, StoryTrouble, amount_of, choice_of, count_of, interval_in, text_of, truth_of, typed

AGGREGATES: Final[tuple[Aggregate, ...]] = get_args(Aggregate)
MODELS: Final[tuple[Model, ...]] = get_args(Model)
TIMINGS: Final[tuple[Timing, ...]] = get_args(Timing)
ANCHORS: Final[tuple[AnchorWord, ...]] = get_args(AnchorWord)


@dataclass(frozen=True, slots=True)
class Meter:
    name: str
    aggregate: Aggregate
    property: str = ""
    carries_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a story may name without writing it down: the plan that it is kept with, and the meters of its seller."""

    plan: str
    meters: Mapping[str, Meter]


@dataclass(frozen=True, slots=True)
class Phase:
    price: Decimal
    days: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as written; what is left out takes the plan's or the model's default where it is used."""

    code: str
    model: Model
    line: int
    meter: str = ""
    bill: Timing | None = None
    prorate: bool | None = None
    free_in_trial: bool = False
    tax: Decimal | None = None
    interval: Interval | None = None
    price: Decimal | None = None
    phases: tuple[Phase, ...] = ()
    quantity: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    size: Decimal | None = None
    free_units: Decimal | None = None
    rate: Decimal | None = None
    fixed: Decimal | None = None
    free_events: int | None = None
    free_total: Decimal | None = None
    min_per_event: Decimal | None = None
    max_per_event: Decimal | None = None
    minimum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    name: str
    interval: Interval
    anchor: Anchor
    bill: Timing
    charges: tuple[Charge, ...]
    trial: int = 0
    grace: int = 7
    minimum: Decimal | None = None
    last_day: str = "billed"


def meter_of(name: str, node: Node) -> Meter:
    fields = node.fields(known="property carries_over", required="aggregate")
    readers: dict[str, Reader] = {
        "aggregate": choice_of(*AGGREGATES),
        "property": text_of,
        "carries_over": truth_of,
    }
    return Meter(name=name, **typed(fields, readers))


_MODEL_KEYS: Final[dict[str, tuple[str, str]]] = {  # model: (may have, must have)
    "flat": ("price phases", ""),
    "per_unit": ("meter quantity minimum", "price"),
    "graduated": ("minimum", "meter tiers"),
    "volume": ("minimum", "meter tiers"),
    "package": ("free_units minimum", "meter size price"),
    "percentage": ("fixed free_events free_total min_per_event max_per_event minimum", "meter rate"),
    "one_time": ("", "price"),
}


def _charge(node: Node, *, meters: Mapping[str, Meter]) -> Charge:
    model_node = node.fields().get("model")
    if model_node is None:
        raise node.trouble("“model” is missing here.")
    model = choice_of(*MODELS)(model_node)
    may, must = _MODEL_KEYS[model]
    fields = node.fields(known=f"tax bill prorate interval free_in_trial {may}", required=f"code model {must}")
    charge = Charge(line=node.line, **typed(fields, _CHARGE_READERS))
    if charge.meter and charge.meter not in meters:
        raise fields["meter"].trouble(f"there is no meter “{charge.meter}”; known are {', '.join(meters) or 'none'}.")
    if charge.free_in_trial and model == "one_time":
        raise fields["free_in_trial"].trouble("what is charged once is due at the start, in a trial too.")
    if model == "per_unit" and bool(charge.meter) == (charge.quantity is not None):
        raise node.trouble("per_unit wants either a meter or a quantity.")
    if model == "flat" and (charge.price is None) == (not charge.phases):
        raise node.trouble("flat wants either a price or phases.")
    return charge


def _tiers(node: Node) -> tuple[Tier, ...]:
    tiers = []
    for part in node.items():
        fields = part.fields(known="up_to flat", required="unit")
        up_to = amount_of(fields["up_to"]) if "up_to" in fields else None
        flat = amount_of(fields["flat"]) if "flat" in fields else Decimal(0)
        tiers.append(Tier(up_to=up_to, unit=amount_of(fields["unit"]), flat=flat))
    try:
        check_tiers(tiers)
    except BadPrice as trouble:
        raise node.trouble(str(trouble)) from None
    return tuple(tiers)


def _phases(node: Node) -> tuple[Phase, ...]:
    phases = []
    parts = node.items()
    for number, part in enumerate(parts, start=1):
        fields = part.fields(known="days months", required="price")
        phase = Phase(**typed(fields, {"price": amount_of, "days": count_of, "months": count_of}))
        is_last = number == len(parts)
        if (phase.days > 0) + (phase.months > 0) != (0 if is_last else 1):
            raise part.trouble("each phase but the last says how many days or months it lasts; the last one stays.")
        phases.append(phase)
    if not phases:
        raise node.trouble("at least one phase is wanted.")
    return tuple(phases)


_TIMINGS: Final = choice_of(*TIMINGS)
_CHARGE_READERS: Final[dict[str, Reader]] = {
    "code": text_of,
    "model": text_of,
    "tax": amount_of,
    "bill": _TIMINGS,
    "prorate": truth_of,
    "free_in_trial": truth_of,
    "interval": interval_in,
    "price": amount_of,
    "phases": _phases,
    "meter": text_of,
    "quantity": amount_of,
    "tiers": _tiers,
    "size": amount_of,
    "free_units": amount_of,
    "rate": amount_of,
    "fixed": amount_of,
    "free_events": count_of,
    "free_total": amount_of,
    "min_per_event": amount_of,
    "max_per_event": amount_of,
    "minimum": amount_of,
}


def _anchor(node: Node) -> Anchor:
    if node.text() in ANCHORS:
        return choice_of(*ANCHORS)(node)
    if not node.text().isdecimal() or not 1 <= int(node.text()) <= 31:
        raise node.trouble(f"“{node.text()}” is no anchor; write calendar, anniversary or a day from 1 to 31.")
    return int(node.text())


def plan_of(name: str, node: Node, *, meters: Mapping[str, Meter]) -> Plan:
    fields = node.fields(known="bill price phases trial grace minimum last_day charges", required="interval anchor")
    charges = [_charge(part, meters=meters) for part in fields["charges"].items()] if "charges" in fields else []
    if "price" in fields or "phases" in fields:
        charges.insert(0, _base(fields=fields, line=node.line))
    codes = [charge.code for charge in charges]
    for charge in charges:
        if codes.count(charge.code) > 1:
            raise StoryTrouble(line=charge.line, text=f"the code “{charge.code}” stands twice in this plan.")
    return Plan(
        name=name,
        interval=interval_in(fields["interval"]),
        anchor=_anchor(fields["anchor"]),
        bill=_TIMINGS(fields["bill"]) if "bill" in fields else "in_arrears",
        charges=tuple(charges),
        trial=count_of(fields["trial"]) if "trial" in fields else 0,
        grace=count_of(fields["grace"]) if "grace" in fields else 7,
        minimum=amount_of(fields["minimum"]) if "minimum" in fields else None,
        last_day=choice_of("billed", "free")(fields["last_day"]) if "last_day" in fields else "billed",
    )


def _base(*, fields: dict[str, Node], line: int) -> Charge:
    if "price" in fields and "phases" in fields:
        raise fields["phases"].trouble("a plan has either a price or phases.")
    price = amount_of(fields["price"]) if "price" in fields else None
    phases = _phases(fields["phases"]) if "phases" in fields else ()
    return Charge(code="base", model="flat", line=line, price=price, phases=phases)
