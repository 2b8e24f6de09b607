"""A line's arithmetic in sentences: what a reader is told who asks "why?".

Sentences keep their text untranslated and their facts typed (`provider.kernel.sentences`), so that the same explanation
is worded in any of the three languages, on a page, on paper and in a preview.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from provider.kernel.errors import N_
from provider.kernel.money import Money
from provider.kernel.sentences import Day, Days, Exact, Percent, Sentence, UnitPrice

from .arithmetic import ZERO, Arithmetic
from .rating import Step
from .usage import SALES


@dataclass(frozen=True, slots=True)
class Row:
    """One part of a sum: how it came about, and what it comes to, exactly."""

    text: Sentence
    amount: Exact


@dataclass(frozen=True, slots=True)
class Explanation:
    """`brief` stands beside the line; the rest opens under it.

    The rows lead to `exact`, the amount before rounding: the parts of a whole period, what the charged days make of
    their sum, then what is added in whole and what was billed before.
    """

    brief: Sentence
    rule: Sentence
    levels: tuple[Sentence, ...]
    rows: tuple[Row, ...]
    exact: Exact
    rounding: Sentence
    amount: Money


_RULES: Final = {
    "flat": N_("A fixed price for each period."),
    "per_unit": N_("Every unit costs the same."),
    "graduated": N_("Each unit costs the price of the tier in which it falls; a tier’s fixed price is added once."),
    "volume": N_("All units cost the price of the one tier that their number reaches."),
    "package": N_("Units are sold in packages of %(size)s; a package begun counts as whole."),
    "percentage": N_("A share of the value of each event, in the order of the events."),
    "one_time": N_("Charged once."),
    "minimum": N_("What was charged for the period is less than the agreed minimum: the difference is added."),
    "by_hand": N_("Added by hand."),
}
_RULE_OF_SALES: Final = N_(
    "A share of what was won: each deal counts with its value, in the order in which they were won."
)
_BY_DAY: Final = N_("Units are counted for each local day; a unit costs 1/%(whole)s of its price for each day.")
_PAID_UNITS: Final = N_("The first %(count)s are paid by a renewal card; only those beyond them are charged.")
_SHARE: Final = N_("%(days)s of %(whole)s days of the period: × %(days)s/%(whole)s")
_ROUNDED: Final = N_("Rounded once, half away from zero")
_EXACTLY: Final = N_("Nothing had to be rounded")


def explain(arithmetic: Arithmetic) -> Explanation:
    """The explanation of a line."""
    return Explanation(
        brief=_brief(arithmetic),
        rule=_rule(arithmetic),
        levels=tuple(_levels(arithmetic)),
        rows=tuple(_rows(arithmetic)),
        exact=_exact(arithmetic, arithmetic.exact),
        rounding=Sentence(_EXACTLY if _is_whole(arithmetic) else _ROUNDED),
        amount=Money(arithmetic.amount_minor, arithmetic.currency),
    )


def _exact(arithmetic: Arithmetic, value: Fraction) -> Exact:
    return Exact(value, arithmetic.currency)


def _is_whole(arithmetic: Arithmetic) -> bool:
    return Fraction(Money(arithmetic.rounded_minor, arithmetic.currency).amount) == arithmetic.exact


def _is_of_sales(arithmetic: Arithmetic) -> bool:
    return arithmetic.way == "percentage" and arithmetic.meter == SALES


def _is_by_day(arithmetic: Arithmetic) -> bool:
    return bool(arithmetic.runs)


# --- The line in one breath ---


def _brief(arithmetic: Arithmetic) -> Sentence:
    facts = _brief_facts(arithmetic)
    if _is_by_day(arithmetic):
        return Sentence(N_("%(units)s at the end, counted by day"), facts)
    if _is_of_sales(arithmetic):
        return Sentence(_OF_ONE_DEAL if arithmetic.events == 1 else _OF_DEALS, facts)
    if arithmetic.share == 1:
        return Sentence(_WHOLE_BRIEFS[arithmetic.way], facts)
    return Sentence(_PART_BRIEFS.get(arithmetic.way, N_("%(units)s, %(days)s of %(whole)s days")), facts)


_WHOLE_BRIEFS: Final = {
    "flat": N_("%(price)s for the period"),
    "per_unit": N_("%(units)s at %(price)s"),
    "graduated": N_("%(units)s, priced by tiers"),
    "volume": N_("%(units)s at %(price)s, the price of their tier"),
    "package": N_("%(units)s: %(packages)s packages of %(size)s at %(price)s"),
    "percentage": N_("%(rate)s of %(value)s"),
    "one_time": N_("%(price)s, once"),
    "minimum": N_("up to the minimum of %(price)s"),
    "by_hand": N_("%(units)s at %(price)s"),
}
_OF_ONE_DEAL: Final = N_("%(rate)s of %(value)s won in one deal")
_OF_DEALS: Final = N_("%(rate)s of %(value)s won in %(events)s deals")
_PART_BRIEFS: Final = {
    "flat": N_("%(price)s for %(days)s of %(whole)s days"),
    "per_unit": N_("%(units)s at %(price)s for %(days)s of %(whole)s days"),
    "volume": N_("%(units)s at %(price)s for %(days)s of %(whole)s days"),
    "minimum": N_("up to the minimum of %(price)s for %(days)s of %(whole)s days"),
}


def _brief_facts(arithmetic: Arithmetic) -> dict[str, object]:
    step = arithmetic.steps[0] if arithmetic.steps else Step(ZERO, ZERO)
    rate = max((step.unit for step in arithmetic.steps), default=ZERO)
    return {
        "units": arithmetic.units,
        "price": UnitPrice(step.unit, arithmetic.currency),
        "days": arithmetic.days,
        "whole": arithmetic.whole_days,
        "packages": step.units,
        "size": arithmetic.size,
        "events": arithmetic.events,
        "rate": Percent(rate),
        "value": _exact(arithmetic, sum((Fraction(step.units) for step in arithmetic.steps), Fraction(0))),
    }


# --- The line in full ---


def _rule(arithmetic: Arithmetic) -> Sentence:
    if _is_of_sales(arithmetic):
        return Sentence(_RULE_OF_SALES)
    return Sentence(_RULES[arithmetic.way], {"size": arithmetic.size})


def _levels(arithmetic: Arithmetic) -> list[Sentence]:
    """What was free, and the units day by day."""
    said = [_agreed(*arithmetic.agreed)] if arithmetic.agreed else []
    if arithmetic.paid_units:
        said.append(Sentence(_PAID_UNITS, {"count": arithmetic.paid_units}))
    if _is_by_day(arithmetic):
        said.append(Sentence(_BY_DAY, {"whole": arithmetic.whole_days}))
    for run in arithmetic.runs:
        span = Days(run.start, run.start + timedelta(days=run.days))
        said.append(Sentence(N_("%(span)s: %(units)s"), {"span": span, "units": run.units}))
    if arithmetic.way == "package" and arithmetic.free_units:
        facts = {"units": arithmetic.units, "free": arithmetic.free_units}
        said.append(Sentence(N_("Of %(units)s, %(free)s are free."), facts))
    if arithmetic.free_events is not None:
        said.append(Sentence(N_("The first %(count)s events are free."), {"count": arithmetic.free_events}))
    if arithmetic.free_total is not None:
        free = Exact(Fraction(arithmetic.free_total), arithmetic.currency)
        said.append(Sentence(N_("The first %(amount)s are free."), {"amount": free}))
    return said


def _agreed(start: date, end: date | None) -> Sentence:
    """Which days have this price instead of the plan's."""
    if end is None:
        return Sentence(N_("This price was agreed for this subscription from %(day)s on."), {"day": Day(start)})
    return Sentence(N_("This price was agreed for this subscription: %(span)s."), {"span": Days(start, end)})


def _rows(arithmetic: Arithmetic) -> list[Row]:
    rows = [row for step in arithmetic.steps if step.units for row in (_unit_row(arithmetic, step),)]
    if arithmetic.share != 1 and arithmetic.steps:
        rows.append(_share_row(arithmetic))
    flats = [step.flat for step in arithmetic.steps if step.flat]
    rows += [Row(_flat_text(arithmetic), _exact(arithmetic, Fraction(flat))) for flat in flats]
    if arithmetic.before_minor:
        text = N_("Charged for the period") if arithmetic.way == "minimum" else N_("Billed before for the same period")
        before = Fraction(Money(-arithmetic.before_minor, arithmetic.currency).amount)
        rows.append(Row(Sentence(text), _exact(arithmetic, before)))
    return rows


def _unit_row(arithmetic: Arithmetic, step: Step) -> Row:
    amount = _exact(arithmetic, Fraction(step.units) * Fraction(step.unit))
    if arithmetic.way == "percentage":
        value = _exact(arithmetic, Fraction(step.units))
        return Row(Sentence(N_("%(rate)s of %(value)s"), {"rate": Percent(step.unit), "value": value}), amount)
    text = N_("%(units)s unit-days at %(price)s") if _is_by_day(arithmetic) else N_("%(units)s at %(price)s")
    return Row(Sentence(text, {"units": step.units, "price": UnitPrice(step.unit, arithmetic.currency)}), amount)


def _share_row(arithmetic: Arithmetic) -> Row:
    days, whole = arithmetic.days, arithmetic.whole_days
    shared = _exact(arithmetic, arithmetic.shared * arithmetic.share)
    if _is_by_day(arithmetic):
        return Row(Sentence(N_("Each day is 1/%(whole)s of the period"), {"whole": whole}), shared)
    return Row(Sentence(_SHARE, {"days": days, "whole": whole}), shared)


def _flat_text(arithmetic: Arithmetic) -> Sentence:
    if arithmetic.way == "percentage":
        return Sentence(N_("Fixed part of %(count)s paid events"), {"count": Decimal(arithmetic.events)})
    return Sentence(N_("Fixed price of the tier"))
