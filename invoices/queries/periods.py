"""The time line of subscriptions: which days were opened, and what was billed for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from invoices.models import Invoice
from plans.models import Period
from plans.queries.standing import periods_of
from provider.kernel.money import Money

from .accounts import billed_of_periods


@dataclass(slots=True, kw_only=True)
class Span:
    """The periods of one subscription for the same days, with what was billed for them."""

    subscription: str
    start_on: date
    end_on: date
    is_present: bool = False  # it runs now
    periods: list[tuple[Period, list[Any]]] = field(default_factory=list)

    @property
    def total(self) -> Money | None:
        """What was billed for these days, before tax."""
        lines = [line for _period, of_it in self.periods for line in of_it]
        return Money(sum(line.amount_minor for line in lines), lines[0].currency) if lines else None

    @property
    def invoices(self) -> list[Invoice]:
        """The invoices that bill these days, each once."""
        found = {line.invoice_id: line.invoice for _period, of_it in self.periods for line in of_it}
        return list(found.values())


def spans_of(*, subscription_ids: Sequence[UUID], most: int, at: datetime) -> list[Span]:
    """The newest periods, those for the same days together."""
    periods = list(periods_of(subscription_ids=subscription_ids)[:most])
    billed = billed_of_periods(period_ids=[period.id for period in periods])
    found: dict[tuple[UUID, date, date], Span] = {}
    for period in periods:
        key = (period.subscription_id, period.start_on, period.end_on)
        if key not in found:
            found[key] = Span(
                subscription=period.subscription.code,
                start_on=period.start_on,
                end_on=period.end_on,
                is_present=period.starts_at <= at < period.ends_at,
            )
        found[key].periods.append((period, billed.get(period.id, [])))
    return list(found.values())
