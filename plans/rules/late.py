"""Usage that is told after its period was billed: the period priced again, as it should have been.

A period whose events have changed since is priced like any other, from all of its events; what was billed of it before
is taken off by whoever bills. So an event counts once, however often this is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from .charging import DueLine, Facts, arrears_line, work_of
from .pricing import priced
from .rating import Step
from .terms import Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What a settled period of a metered charge costs with the events known now.

    `full_minor` is what it comes to in all, a spending minimum of the charge included.
    """

    line: DueLine
    full_minor: int


def priced_again(*, facts: Facts, stretch: int, charge_code: str, start: date, end: date, at: datetime) -> Again | None:
    """The settled span [start, end) of a charge, priced anew; None where late events do not change what it cost.

    A level that is charged in advance was billed by the highest number at the time, and stays.
    """
    terms = facts.plans[facts.service.stretches[stretch].plan]
    charge = next((one for one in terms.charges if one.code == charge_code), None)
    if charge is None or charge.meter is None or _is_level_in_advance(charge):
        return None
    work = work_of(facts=facts, stretch=stretch, at=at)
    spans = facts.spans(charge.due, stretch=stretch, start=start, until=at)
    span = next((span for span in spans if span.start == start), None)
    if span is None:
        return None
    line = arrears_line(work, charge, span=replace(span, end=end))
    return Again(line=line, full_minor=max(line.amount_minor, _least_of(charge, line=line, currency=facts.currency)))


def _is_level_in_advance(charge: Charge) -> bool:
    is_level = charge.meter is not None and charge.meter.carries_over
    return charge.due.timing == "in_advance" and (is_level or charge.due.is_prorated)


def _least_of(charge: Charge, *, line: DueLine, currency: str) -> int:
    """The charge's own spending minimum, by the days served of the period."""
    if charge.minimum is None or charge.due.timing == "in_advance":
        return 0
    share = Fraction((line.end - line.start).days, line.whole_days)
    return priced(steps=(Step(Decimal(1), charge.minimum),), share=share, currency=currency)
