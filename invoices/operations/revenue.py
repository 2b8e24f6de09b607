"""Revenue of billed service: what its days have earned goes, month by month, from what is deferred to what is earned.

A month is closed whole, in one transaction, two days after its end; so a close that was broken off has left nothing,
and one that is repeated finds nothing to do. The entries stand at the month's last instant, one an account.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from invoices.queries.revenue import SOURCE, Earning, first_open_month, unclosed_earnings
from invoices.queries.runs import provider_account
from plans.rules.months import next_month
from provider.kernel import ledger
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import first_instant
from provider.kernel.exclusive import one_at_a_time
from provider.kernel.ledger import Draft, Line
from provider.kernel.money import Money

SETTLED_AFTER: Final = timedelta(days=2)  # a run that began in the month has ended by then, and so has its day anywhere


def close_due_months(*, at: datetime) -> int:
    """Take every month that is over and was not closed into revenue, the oldest first; the number of entries."""
    provider = provider_account()
    if provider is None:
        return 0
    zone, posted = ZoneInfo(provider.time_zone), 0
    with transaction.atomic():
        one_at_a_time("service_revenue")
        month = first_open_month(zone=zone)
        while month is not None and at >= _end_of(month, zone=zone) + SETTLED_AFTER:
            posted += _close(month, zone=zone)
            month = next_month(month)
    return posted


def _close(month: date, *, zone: ZoneInfo) -> int:
    found = unclosed_earnings(month_end=next_month(month) - timedelta(days=1))
    at = _end_of(month, zone=zone) - timedelta(microseconds=1)
    ledger.post_many([_draft(one, month=month, at=at) for one in found])
    return len(found)


def _draft(one: Earning, *, month: date, at: datetime) -> Draft:
    return Draft(
        source_kind=SOURCE,
        source_id=one.account_id,
        purpose=f"{month:%Y-%m} {one.currency}",
        at=at,
        lines=[
            Line(LedgerAccount.DEFERRED_SERVICE, Money(one.minor, one.currency)),
            Line(LedgerAccount.REVENUE, Money(-one.minor, one.currency), one.account_id),
        ],
    )


def _end_of(month: date, *, zone: ZoneInfo) -> datetime:
    return first_instant(day=next_month(month), zone=zone)
