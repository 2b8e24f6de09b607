"""A story to begin from: somebody takes the plan, and a period later it is billed again."""

from __future__ import annotations

from datetime import date, timedelta

from plans.rules.calendar import Interval

_SAMPLE = """\
story: A first period of {plan}
timezone: {zone}
currency: {currency}
steps:
  - {{at: {start}, do: subscribe, plan: {plan}}}
{uses}  - {{at: {later}, do: bill}}
expect:
  - {{at: {start}, access: {access}}}
  # After a first run the page shows what was billed; write here what it has to be, for example:
  # - {{at: {start}, invoice: 1, total: "100.00"}}
"""
_USE = "  - {{at: {at}, do: {do}}}\n"


def sample_story(
    *,
    plan: str,
    currency: str,
    zone: str,
    start: date,
    interval: Interval,
    has_seats: bool,
    has_trial: bool,
    has_sales: bool = False,
) -> str:
    """The text, for a plan of this code."""
    later = start + timedelta(days=interval.days or 31 * interval.months)
    uses = _USE.format(at=start, do="add, meter: seats, item: ann") if has_seats else ""
    uses += _USE.format(at=start, do='use, meter: sales, value: "10000"') if has_sales else ""
    access = "trial" if has_trial else "active"
    return _SAMPLE.format(plan=plan, zone=zone, currency=currency, start=start, later=later, uses=uses, access=access)
