"""Revenue of redeemed cards: what each term has earned in a month goes from what is deferred to what is earned.

A month is closed when nothing in it can be undone any more: two days after its end. Closing is safe to repeat, goes on
where it was broken off, and posts each redemption's month once, at the month's last instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from plans.rules.months import next_month
from prepaid_cards.queries.revenue import Earning, first_open_month, unclosed_earnings
from provider.kernel import ledger
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import first_instant
from provider.kernel.exclusive import one_at_a_time
from provider.kernel.ledger import Draft, Line
from provider.kernel.money import Money

from .zones import provider_zone

SOURCE: Final = "card_service"
SETTLED_AFTER: Final = timedelta(days=2)  # longer than a redemption can be undone
_CHUNK: Final = 2_000


def close_due_months(*, at: datetime) -> int:
    """Post what redeemed cards have earned in every month that is over; the number of entries."""
    zone = provider_zone()
    month, posted = first_open_month(zone=zone), 0
    while month is not None and at >= _end_of(month, zone=zone) + SETTLED_AFTER:
        posted += _close(month, zone=zone)
        month = next_month(month)
    return posted


def _close(month: date, *, zone: ZoneInfo) -> int:
    posted, after = 0, None
    while True:
        with transaction.atomic():
            one_at_a_time("card_service")
            chunk = unclosed_earnings(month=month, after=after, limit=_CHUNK)
            _post(chunk, month=month, zone=zone)
        if not chunk:
            return posted
        posted, after = posted + len(chunk), chunk[-1].redemption_id


def _post(chunk: Sequence[Earning], *, month: date, zone: ZoneInfo) -> None:
    at = _end_of(month, zone=zone) - timedelta(microseconds=1)
    ledger.post_many(
        [
            Draft(
                source_kind=SOURCE, source_id=earning.redemption_id, purpose=f"{month:%Y-%m}", at=at,
                lines=[
                    Line(LedgerAccount.DEFERRED_SERVICE, Money(earning.minor, earning.currency)),
                    Line(LedgerAccount.REVENUE, Money(-earning.minor, earning.currency), earning.account_id),
                ],
            )
            for earning in chunk
            if earning.minor
        ]
    )  # fmt: skip


def _end_of(month: date, *, zone: ZoneInfo) -> datetime:
    return first_instant(day=next_month(month), zone=zone)
