"""What redeemed cards have earned and no month was closed with yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from plans.rules.months import next_month
from prepaid_cards.rules.revenue import Span
from provider.kernel.clock import local_day

from .laws import OWED

_BEGINS = "(r.facts -> 'quote' ->> 'begins_on')::date"
_ENDS = "(r.facts -> 'quote' ->> 'ends_on')::date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earning:
    """What one redemption earned in one month."""

    redemption_id: UUID
    account_id: UUID
    currency: str
    minor: int


def first_open_month(*, zone: ZoneInfo) -> date | None:
    """The first day of the first month after the last one closed; of the first term ever, if none was closed."""
    with connection.cursor() as cursor:
        cursor.execute("select max(at) from kernel_ledgerentry where source_kind = 'card_service'")
        last = cursor.fetchone()[0]
        if last is not None:
            return next_month(local_day(at=last, zone=zone).replace(day=1))
        cursor.execute(f"select min({_BEGINS}) from prepaid_cards_redemption r where r.begins_at is not null")  # noqa: S608
        first: date | None = cursor.fetchone()[0]
    return first.replace(day=1) if first else None


def unclosed_earnings(*, month: date, after: UUID | None, limit: int) -> list[Earning]:
    """What each redemption has earned by the end of the month and was not posted, in the order of their ids."""
    sql = f"""
select r.id, r.account_id, r.currency, {OWED} - r.tax_minor, {_BEGINS}, {_ENDS}, posted.minor
from prepaid_cards_redemption r join prepaid_cards_card c on c.id = r.card_id
join prepaid_cards_cardbatch b on b.id = c.batch_id
cross join lateral (select coalesce(sum(p.amount_minor), 0) as minor from kernel_ledgerentry e
  join kernel_ledgerposting p on p.entry_id = e.id and p.ledger_account = 'deferred_service'
  where e.source_kind = 'card_service' and e.source_id = r.id::text) posted
where r.status = 'done' and r.begins_at is not null and {_BEGINS} < %(end)s
and {OWED} - r.tax_minor > posted.minor and (%(after)s::uuid is null or r.id > %(after)s)
and not exists (select from kernel_ledgerentry e where e.source_kind = 'card_service'
  and e.source_id = r.id::text and e.purpose = %(purpose)s)
order by r.id limit %(limit)s
"""  # noqa: S608
    params = {"end": next_month(month), "after": after, "purpose": f"{month:%Y-%m}", "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [
            Earning(
                redemption_id=row[0], account_id=row[1], currency=row[2],
                minor=Span(net_minor=int(row[3]), begins_on=row[4], ends_on=row[5]).served_minor(
                    before=next_month(month)
                ) - int(row[6]),
            )
            for row in cursor.fetchall()
        ]  # fmt: skip
