"""A meter across all accounts: how many events by day, and how much each account used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from plans.models import Meter
from provider.accounts.models import Account
from provider.kernel.errors import NotFound

from .corrections import COUNTS
from .sums import recount

MOST_ACCOUNTS: Final = 100

_WAITING: Final = recount(
    "day",
    where="e.meter_id = %(meter)s and e.batch_id in (select id from plans_usagebatch where folded_at is null)",
)
_TOLD: Final = f"""
with told as (select account_id, day, event_count, total from plans_usageday where meter_id = %(meter)s
  union all select account_id, bucket, event_count, total from ({_WAITING}) waiting)"""  # noqa: S608 - no values in it
_BY_DAY: Final = (
    _TOLD
    + """
select day, sum(event_count) from told where day >= %(start)s and day < %(end)s group by 1"""
)
_BY_ACCOUNT: Final = (
    _TOLD
    + """
select account_id, coalesce(sum(event_count) filter (where day >= %(start)s and day < %(end)s), 0) as events,
  sum(total) filter (where day >= %(start)s and day < %(end)s), max(total) filter (where day >= %(start)s
  and day < %(end)s), sum(total)
from told group by 1 order by events desc, 1 limit %(most)s"""
)
# Whoever came last and did not go is there.
_DISTINCT: Final = f"""
select account_id, count(*) from (
  select distinct on (e.subscription_id, e.item) e.account_id, e.is_removal from plans_usageevent e
   where e.meter_id = %(meter)s and e.account_id = any(%(accounts)s) and {COUNTS}
   order by e.subscription_id, e.item, e.at desc, e.id desc
) last where not is_removal group by 1"""  # noqa: S608 - no values in it


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUse:
    """What one account used of a meter. Of a level the quantity is what stands now; None: it cannot be added up."""

    account: Account
    event_count: int
    quantity: Decimal | None


def events_by_day(*, meter: Meter, start: date, end: date) -> dict[date, int]:
    """The events of all accounts on each day of [start, end)."""
    rows = _rows(_BY_DAY, meter=meter.pk, start=start, end=end)
    return {day: int(count) for day, count in rows}


def use_by_account(*, meter: Meter, start: date, end: date) -> list[AccountUse]:
    """The accounts with the most events in [start, end)."""
    rows = _rows(_BY_ACCOUNT, meter=meter.pk, start=start, end=end, most=MOST_ACCOUNTS)
    accounts = Account.objects.in_bulk([row[0] for row in rows])
    there = _there(meter, ids=list(accounts))
    return [
        AccountUse(
            account=accounts[account_id],
            event_count=int(events),
            quantity=_quantity(meter, added=added, highest=highest, level=there.get(account_id, level)),
        )
        for account_id, events, added, highest, level in rows
        if events or meter.carries_over
    ]


def _quantity(meter: Meter, *, added: Decimal | None, highest: Decimal | None, level: Decimal) -> Decimal | None:
    if meter.carries_over:
        return level
    if meter.aggregate in ("sum", "count"):
        return added or Decimal(0)
    return highest if meter.aggregate == "max" else None


def _there(meter: Meter, *, ids: list[UUID]) -> dict[UUID, Decimal]:
    """Of a level of distinct items: how many there are now."""
    if not meter.carries_over or meter.aggregate != "unique":
        return {}
    found = dict.fromkeys(ids, Decimal(0))
    return found | {account_id: Decimal(count) for account_id, count in _rows(_DISTINCT, meter=meter.pk, accounts=ids)}


def _rows(statement: str, **given: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows: list[Any] = cursor.fetchall()
        return rows


def access_counted_account(account_id: UUID) -> Account:
    """Any account, for the provider's people."""
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise NotFound()
    return account
