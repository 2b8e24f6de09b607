"""What billed service has earned by the end of a day, and what of it is still to be rendered.

A line is a span: an amount for its days, kept with the line and never changed; what a credit note takes off is a span
of its own. A span earns in equal parts on each of its days, from the day on which its document was made: what lies
before that day is earned on it, and what has no days at all too. So the answer for a day that is over stays what it
was, whatever is billed or credited later. All days are those on which documents are issued, in their seller's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from plans.rules.months import month_ends, next_month
from provider.kernel.clock import local_day

SOURCE: Final = "service"  # of the entries that take a month into revenue
# Each line of an invoice or a credit note: so much without tax, for the days [from_on, to_on), told on issued_on.
SPANS: Final = """
select i.account_id, i.currency, i.issued_on, l.plan_code,
  l.amount_minor - l.discount_minor - case when i.is_tax_inclusive then l.tax_minor else 0 end as minor,
  coalesce(l.start_on, i.issued_on) as from_on, coalesce(l.end_on, i.issued_on) as to_on
from invoices_invoiceline l join invoices_invoice i on i.id = l.invoice_id where i.status = 'finalized'
union all
select n.account_id, n.currency, n.issued_on, l.plan_code,
  c.discount_minor - c.amount_minor + case when n.is_tax_inclusive then c.tax_minor else 0 end,
  coalesce(c.start_on, l.start_on, n.issued_on), coalesce(c.end_on, l.end_on, n.issued_on)
from invoices_creditnoteline c join invoices_creditnote n on n.id = c.credit_note_id
join invoices_invoiceline l on l.id = c.line_id
"""


def earned(last: str) -> str:
    """What a span `s` has earned by the end of the day `last`; rounded once from the whole, so that months add up."""
    days = f"least(greatest({last} + 1 - s.from_on, 0), s.to_on - s.from_on)"
    of_days = f"round(s.minor::numeric * {days} / nullif(s.to_on - s.from_on, 0))"
    return f"case when s.issued_on > {last} then 0 when s.to_on > s.from_on then {of_days} else s.minor end"


# --- Closing a month ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Earning:
    """What one account's service has earned and no month was closed with yet; less than nothing after a credit."""

    account_id: UUID
    currency: str
    minor: int


def first_open_month(*, zone: ZoneInfo) -> date | None:
    """The first day of the first month after the last one closed; of the first document, if none was closed."""
    with connection.cursor() as cursor:
        cursor.execute("select max(at) from kernel_ledgerentry where source_kind = %s", [SOURCE])
        last = cursor.fetchone()[0]
        if last is not None:
            return next_month(local_day(at=last, zone=zone))
        cursor.execute("select min(issued_on) from invoices_invoice where status = 'finalized'")
        first: date | None = cursor.fetchone()[0]
    return first.replace(day=1) if first else None


def unclosed_earnings(*, month_end: date) -> list[Earning]:
    """What each account's service has earned by the end of that day beyond what was taken into revenue before."""
    sql = f"""
select e.account_id, e.currency, e.minor - coalesce(p.minor, 0) from (
  select s.account_id, s.currency, sum({earned("%(last)s::date")}) as minor from ({SPANS}) s group by 1, 2) e
left join (select p.account_id, p.currency, -sum(p.amount_minor) as minor from kernel_ledgerposting p
  join kernel_ledgerentry e on e.id = p.entry_id
  where e.source_kind = %(source)s and p.ledger_account = 'revenue' group by 1, 2) p
on p.account_id = e.account_id and p.currency = e.currency
where e.minor <> coalesce(p.minor, 0) order by 1, 2
"""  # noqa: S608 -- pieces of this module
    rows = _rows(sql, {"last": month_end, "source": SOURCE})
    return [Earning(account_id=row[0], currency=row[1], minor=int(row[2])) for row in rows]


# --- The report ---


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPlan:
    """One plan on one day: earned in its month so far, in its year so far, and still to be rendered."""

    plan_code: str  # empty: lines by hand
    month_minor: int
    year_minor: int
    deferred_minor: int


def by_plan(*, on: date, currency: str) -> list[OfPlan]:
    """Each plan's service as of the end of the day."""
    sql = f"""
select s.plan_code, sum({earned("%(on)s::date")}) - sum({earned("%(month)s::date")}),
  sum({earned("%(on)s::date")}) - sum({earned("%(year)s::date")}),
  sum(s.minor) - sum({earned("%(on)s::date")})
from ({SPANS}) s where s.currency = %(currency)s and s.issued_on <= %(on)s
and (s.to_on > %(year)s or s.issued_on > %(year)s) group by 1 order by 2 desc, 1
"""  # noqa: S608 -- pieces of this module
    given = {"on": on, "month": _day_before(on.replace(day=1)), "year": _day_before(on.replace(month=1, day=1))}
    rows = _rows(sql, {**given, "currency": currency})
    made = [
        OfPlan(plan_code=row[0], month_minor=int(row[1]), year_minor=int(row[2]), deferred_minor=int(row[3]))
        for row in rows
    ]
    return [one for one in made if one.month_minor or one.year_minor or one.deferred_minor]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfMonth:
    """What one plan earned in one month."""

    ends_on: date
    plan_code: str
    minor: int
    deferred_minor: int


def by_month(*, on: date, currency: str, count: int = 12) -> list[OfMonth]:
    """What each plan earned in each of the last months, the last one until the day; and what stayed deferred."""
    ends = list(month_ends(last=on, count=count))
    sql = f"""
select m.last, s.plan_code, sum({earned("m.last")}) - sum({earned("(date_trunc('month', m.last)::date - 1)")}),
  sum(s.minor) - sum({earned("m.last")})
from unnest(%(ends)s::date[]) m(last) join ({SPANS}) s on s.issued_on <= m.last
and (s.to_on >= date_trunc('month', m.last) or s.issued_on >= date_trunc('month', m.last))
where s.currency = %(currency)s group by 1, 2 order by 1, 2
"""  # noqa: S608 -- pieces of this module
    return [
        OfMonth(ends_on=row[0], plan_code=row[1], minor=int(row[2]), deferred_minor=int(row[3]))
        for row in _rows(sql, {"ends": ends, "currency": currency})
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the books say: closed until which day, and what stands there as deferred of billed service on a day."""

    closed_on: date | None
    deferred_minor: int
    waiting_minor: int  # earned by then, its month not closed by then

    def tie_minor(self, *, deferred_minor: int) -> int:
        """What the lines and the books differ by; nothing, if all is well."""
        return self.deferred_minor - self.waiting_minor - deferred_minor


def in_books(*, on: date, currency: str, zone: ZoneInfo) -> Books:
    """The counterpart of the lines in the ledger, as of the end of the day."""
    posted = """
select max((e.at at time zone %(zone)s)::date) filter (where e.source_kind = %(source)s),
  coalesce(-sum(p.amount_minor), 0),
  coalesce(sum(p.amount_minor) filter (where e.source_kind = %(source)s), 0)
from kernel_ledgerposting p join kernel_ledgerentry e on e.id = p.entry_id
where p.ledger_account = 'deferred_service' and p.currency = %(currency)s
and e.source_kind in ('invoice', 'credit_note', %(source)s) and (e.at at time zone %(zone)s)::date <= %(on)s
"""
    all_earned = f"""
select coalesce(sum({earned("%(on)s::date")}), 0) from ({SPANS}) s
where s.currency = %(currency)s and s.issued_on <= %(on)s
"""  # noqa: S608 -- pieces of this module
    given = {"on": on, "currency": currency, "zone": zone.key, "source": SOURCE}
    [(closed_on, deferred, taken)] = _rows(posted, given)
    [(done,)] = _rows(all_earned, given)
    return Books(closed_on=closed_on, deferred_minor=int(deferred), waiting_minor=int(done) - int(taken))


def billed_currencies() -> list[str]:
    """The currencies in which anything was billed."""
    return [row[0] for row in _rows("select distinct currency from invoices_invoice order by 1", {})]


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _rows(sql: str, given: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
