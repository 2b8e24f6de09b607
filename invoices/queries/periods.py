"""The time line of subscriptions: which days were opened, and what was billed for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import DateField, Subquery
from django.db.models.functions import Coalesce

from invoices.models import Invoice
from plans.models import Period
from plans.queries.standing import periods_of
from provider.accounts.models import Account
from provider.kernel import clock
from provider.kernel.money import Money

from .accounts import billed_of_periods

STARTS_SHOWN: Final = 12  # days on which periods begin: a year of months


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """A part of the time line, the newest first; and the day before which there is more, if there is."""

    spans: list[Span]
    older: date | None = None


def time_line(*, subscription_ids: Sequence[UUID], at: datetime, before: date | None = None) -> TimeLine:
    """The newest periods that began before the day `before`, those for the same days together.

    Cut between days on which periods begin, never within one: a sum that is shown is the whole sum.
    """
    rows = periods_of(subscription_ids=subscription_ids)
    if before is not None:
        rows = rows.filter(start_on__lt=before)
    starts = rows.order_by("-start_on").values("start_on").distinct()
    one_more = Coalesce(Subquery(starts[STARTS_SHOWN : STARTS_SHOWN + 1]), date.min, output_field=DateField())
    periods = list(rows.filter(start_on__gte=one_more))
    shown = sorted({period.start_on for period in periods}, reverse=True)[:STARTS_SHOWN]
    kept = [period for period in periods if period.start_on in shown]
    return TimeLine(spans=_together(kept, at=at), older=shown[-1] if len(kept) < len(periods) else None)


def _together(periods: Sequence[Period], *, at: datetime) -> list[Span]:
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


def time_line_shown(
    *, subscription_ids: Sequence[UUID], account: Account, before: str, next_href: str
) -> dict[str, Any]:
    """What `invoices/parts/spans.html` is given; `before` in a page's address leads to what is older."""
    day = _day(before)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    line = time_line(subscription_ids=subscription_ids, at=at, before=day)
    return {
        "spans": line.spans,
        "older": line.older,
        "is_older": day is not None,
        "next_href": next_href if subscription_ids and day is None else "",
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None  # an address that somebody changed: the newest are shown
