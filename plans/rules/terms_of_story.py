"""The terms of a plan as a story writes it, with the defaults of the format settled."""

from __future__ import annotations

from decimal import Decimal

from .catalogue.content import BASE
from .rating import PercentagePrice
from .service import ChargeTerms, Phase
from .story import Charge as WrittenCharge
from .story import Plan as WrittenPlan
from .story import Story
from .terms import Charge, MeterTerms, PlanTerms


def terms_of(plan: WrittenPlan, story: Story) -> PlanTerms:
    """The plan's terms: unless said otherwise flat charges are prorated and metered ones are in arrears."""
    return PlanTerms(
        name=plan.name,
        interval=plan.interval,
        charges=tuple(_charge(charge, plan=plan, story=story) for charge in plan.charges),
        minimum=plan.minimum,
        trial_days=plan.trial,
        grace_days=plan.grace,
        bills_last_day=plan.last_day == "billed",
    )


def _charge(charge: WrittenCharge, *, plan: WrittenPlan, story: Story) -> Charge:
    return Charge(
        due=_due(charge, plan=plan),
        model=charge.model,
        price=charge.price or Decimal(0),
        tiers=charge.tiers,
        size=charge.size or Decimal(1),
        free_units=charge.free_units or Decimal(0),
        percentage=_percentage(charge),
        meter=_meter(charge, story=story),
        quantity=charge.quantity,
        minimum=charge.minimum,
        tax_rate=charge.tax,
    )


def _due(charge: WrittenCharge, *, plan: WrittenPlan) -> ChargeTerms:
    timing = charge.bill or ("in_arrears" if charge.meter else plan.bill)
    is_flat = charge.model == "flat"
    return ChargeTerms(
        code=charge.code,
        timing=timing,
        is_prorated=is_flat if charge.prorate is None else charge.prorate,
        interval=charge.interval,
        phases=tuple(Phase(phase.price, phase.days, phase.months) for phase in charge.phases),
        trial_days=plan.trial if charge.code == BASE or charge.free_in_trial else 0,
    )


def _percentage(charge: WrittenCharge) -> PercentagePrice | None:
    if charge.rate is None:
        return None
    return PercentagePrice(
        rate=charge.rate,
        fixed=charge.fixed or Decimal(0),
        free_events=charge.free_events,
        free_total=charge.free_total,
        min_per_event=charge.min_per_event,
        max_per_event=charge.max_per_event,
    )


def _meter(charge: WrittenCharge, *, story: Story) -> MeterTerms | None:
    if not charge.meter:
        return None
    meter = story.meters[charge.meter]
    return MeterTerms(meter.name, meter.aggregate, meter.carries_over)
