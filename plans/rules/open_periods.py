"""What the periods that run would cost if nothing more happened in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from provider.kernel.clock import local_day

from .charging import Facts, arrears_line, work_of


def cost_of_open_periods(*, facts: Facts, at: datetime) -> dict[str, int]:
    """Minor units per charge in arrears: what the open period will cost if nothing more happens until it closes."""
    stretch = len(facts.service.stretches) - 1
    today = local_day(at=at, zone=facts.service.zone)
    work = work_of(facts=facts, stretch=stretch, at=at)
    terms = work.terms
    costs: dict[str, int] = {}
    for charge in terms.charges:
        opened_by = replace(charge.due, timing="in_advance")
        open_spans = [span for span in work.spans(opened_by) if span.start <= today < span.end]
        for span in open_spans if charge.due.timing == "in_arrears" and charge.model != "one_time" else []:
            costs[charge.code] = costs.get(charge.code, 0) + arrears_line(work, charge, span=span).amount_minor
    return costs
