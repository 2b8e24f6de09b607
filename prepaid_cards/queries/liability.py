"""What is owed for cards, as of any day: from what happened to each card, never from how it stands now.

A sale, its reversal, a redemption and its undoing are kept with their instants, so a report of a past day is the same
whenever it is asked. All amounts are of one currency; a day is the provider's, and includes that day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from plans.rules.months import month_ends, next_month
from prepaid_cards.models import Card, CardBatch, CardBreakage, CardEvent, CardProduct, CardVerb
from prepaid_cards.rules.curve import AGES, Cell
from provider.accounts.models import Account
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import first_instant
from provider.kernel.ledger import balance
from provider.kernel.models import LedgerPosting
from provider.kernel.money import Money

from .cards import provider_account
from .laws import OWED

Dimension = Literal["product", "batch", "seller"]
REDEEMED_SOURCE: Final = "card_redemption"
SERVICE_SOURCE: Final = "card_service"
BREAKAGE_SOURCE: Final = "card_breakage"
REOPENED_SOURCE: Final = "card_breakage_reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Of which cards, as of the end of which day."""

    on: date
    zone: ZoneInfo
    currency: str
    product_id: UUID | None = None
    batch_id: UUID | None = None
    seller_id: UUID | None = None

    @property
    def end(self) -> datetime:
        """The first instant after the day."""
        return first_instant(day=self.on + timedelta(days=1), zone=self.zone)

    @property
    def is_whole(self) -> bool:
        """Whether it is all cards of the currency, as the books are."""
        return not (self.product_id or self.batch_id or self.seller_id)

    def params(self) -> dict[str, Any]:
        """For the statements of this module."""
        known = {one.name: getattr(self, one.name) for one in fields(self)}
        return known | {"end": self.end, "zone": self.zone.key, "after": self.on + timedelta(days=1)}


# One row a card that was sold by then: when and by whom, whether it was redeemed by then, what is owed for it, and what
# was taken into revenue because nobody is expected to redeem it any more.
CARDS: Final = f"""
with moves as (
  select e.batch_id, e.first as counter, e.at, e.account_id as seller_id,
    case e.verb when 'activated' then 1 else -1 end as sale, 0 as used
  from prepaid_cards_cardevent e where e.verb in ('activated', 'reversed') and e.at < %(end)s
  union all
  select c.batch_id, c.counter, r.at, null, 0, 1 from prepaid_cards_redemption r
  join prepaid_cards_card c on c.id = r.card_id where r.at < %(end)s
  union all
  select c.batch_id, c.counter, r.undone_at, null, 0, -1 from prepaid_cards_redemption r
  join prepaid_cards_card c on c.id = r.card_id where r.undone_at < %(end)s
), cards as (
  select m.batch_id, m.counter, sum(m.used) as used,
    max(m.at) filter (where m.sale = 1) as sold_at, max(m.at) filter (where m.used = 1) as used_at,
    (array_agg(m.seller_id order by m.at desc) filter (where m.sale = 1))[1] as seller_id
  from moves m group by m.batch_id, m.counter having sum(m.sale) > 0
), broken as (
  select c.batch_id, c.counter, w.minor from prepaid_cards_cardbreakage w join prepaid_cards_card c on c.id = w.card_id
  where w.released_at < %(end)s and (w.reopened_at is null or w.reopened_at >= %(end)s)
), known as (
  select k.*, b.product_id, b.prefix, coalesce(w.minor, 0) as broken,
    case when w.minor is null then {OWED} else 0 end as owed,
    %(after)s::date - (k.sold_at at time zone %(zone)s)::date - 1 as age_days,
    (k.used_at at time zone %(zone)s)::date - (k.sold_at at time zone %(zone)s)::date as used_days
  from cards k join prepaid_cards_cardbatch b on b.id = k.batch_id
  left join broken w on w.batch_id = k.batch_id and w.counter = k.counter
  where b.currency = %(currency)s
    and (%(product_id)s::uuid is null or b.product_id = %(product_id)s)
    and (%(batch_id)s::uuid is null or b.id = %(batch_id)s)
    and (%(seller_id)s::uuid is null or k.seller_id = %(seller_id)s)
)
"""  # noqa: S608

# What was deferred by then and not yet served: of each redemption that stood by then.
_DEFERRED: Final = f"""
with spans as (
  select b.product_id, b.id as batch_id, {OWED} - r.tax_minor as net,
    (r.facts -> 'quote' ->> 'begins_on')::date as begins_on, (r.facts -> 'quote' ->> 'ends_on')::date as ends_on,
    (select e.account_id from prepaid_cards_cardevent e where e.batch_id = b.id and e.first = c.counter
      and e.last = e.first and e.verb = 'activated' and e.at <= r.at order by e.id desc limit 1) as seller_id
  from prepaid_cards_redemption r join prepaid_cards_card c on c.id = r.card_id
  join prepaid_cards_cardbatch b on b.id = c.batch_id
  where r.at < %(end)s and (r.undone_at is null or r.undone_at >= %(end)s) and r.begins_at is not null
    and b.currency = %(currency)s
    and (%(product_id)s::uuid is null or b.product_id = %(product_id)s)
    and (%(batch_id)s::uuid is null or b.id = %(batch_id)s)
), unserved as (
  select product_id, batch_id, seller_id, net - round(net::numeric
    * greatest(0, least(%(after)s::date - begins_on, ends_on - begins_on)) / (ends_on - begins_on)) as minor
  from spans where %(seller_id)s::uuid is null or seller_id = %(seller_id)s
)
"""  # noqa: S608
_KEYS: Final = {"product": "product_id", "batch": "batch_id", "seller": "seller_id"}


def scope_on(*, on: date, currency: str, **narrow: UUID | None) -> Scope:
    """All cards of a currency, or those of a product, batch or seller."""
    return Scope(on=on, zone=ZoneInfo(provider_account().time_zone), currency=currency, **narrow)


def currencies() -> list[str]:
    """The currencies in which cards were ordered."""
    return sorted(CardBatch.objects.values_list("currency", flat=True).distinct())


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is owed for the cards of one product, batch or seller."""

    key: UUID | None
    name: str
    sold: int
    redeemed: int
    liability_minor: int
    deferred_minor: int
    broken: int = 0  # cards that count as never to be redeemed
    broken_minor: int = 0

    @property
    def outstanding(self) -> int:
        return self.sold - self.redeemed

    @property
    def percent(self) -> int:
        """How many of the sold cards were redeemed."""
        return round(100 * self.redeemed / self.sold) if self.sold else 0


def liability_by(scope: Scope, *, by: Dimension) -> list[Line]:
    """What is owed, by product, batch or seller; the largest first."""
    key = _KEYS[by]
    sold = _rows(
        f"{CARDS} select {key}, count(*), sum(used), coalesce(sum(owed) filter (where used = 0), 0),"  # noqa: S608
        f" count(*) filter (where broken > 0), sum(broken) from known group by {key}",
        scope,
    )
    deferred = dict(_rows(f"{_DEFERRED} select {key}, sum(minor) from unserved group by {key}", scope))  # noqa: S608
    names = _names([row[0] for row in sold], by=by)
    lines = [
        Line(
            key=row[0], name=names.get(row[0], ""), sold=int(row[1]), redeemed=int(row[2]),
            liability_minor=int(row[3]), deferred_minor=int(deferred.get(row[0], 0)), broken=int(row[4]),
            broken_minor=int(row[5]),
        )
        for row in sold
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (-line.liability_minor, line.name))


def name_of(key: UUID, *, by: Dimension) -> str:
    """What a product, batch or seller is called; nothing where there is none."""
    return _names([key], by=by).get(key, "")


def _names(keys: Sequence[UUID | None], *, by: Dimension) -> dict[UUID, str]:
    wanted = [key for key in keys if key is not None]
    if by == "batch":
        batches = CardBatch.objects.filter(id__in=wanted).select_related("product")
        return {batch.id: f"{batch.prefix} · {batch.product.own_name}" for batch in batches}
    if by == "product":
        return {product.id: product.own_name for product in CardProduct.objects.filter(id__in=wanted)}
    return dict(Account.objects.filter(id__in=wanted).values_list("id", "name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """Cards that were sold so many days ago and are not redeemed; `last` None: longer ago."""

    first: int
    last: int | None
    count: int
    minor: int


def ages_of(scope: Scope) -> list[Age]:
    """How old the cards are that are still owed."""
    ends = ", ".join(str(end + 1) for end in AGES)
    rows = _rows(
        f"{CARDS} select width_bucket(age_days, array[{ends}]), count(*), sum(owed) from known"  # noqa: S608
        " where used = 0 group by 1",
        scope,
    )
    found = {int(bucket): (int(count), int(minor)) for bucket, count, minor in rows}
    firsts = [0, *(end + 1 for end in AGES)]
    lasts = [*AGES, None]
    return [
        Age(first=first, last=last, count=found.get(bucket, (0, 0))[0], minor=found.get(bucket, (0, 0))[1])
        for bucket, (first, last) in enumerate(zip(firsts, lasts, strict=True))
    ]


def curve_cells(scope: Scope) -> list[Cell]:
    """The sold cards by age and by how soon they were redeemed, in steps of 30 days."""
    rows = _rows(
        f"{CARDS} select age_days / 30, case used when 1 then used_days / 30 end, count(*)"  # noqa: S608
        " from known group by 1, 2",
        scope,
    )
    return [Cell(int(age), None if used is None else int(used), int(count)) for age, used, count in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The cards sold in one month."""

    month: date
    sold: int
    redeemed: int
    liability_minor: int

    @property
    def percent(self) -> int:
        return round(100 * self.redeemed / self.sold)


def cohorts(scope: Scope, *, limit: int = 24) -> list[Cohort]:
    """The latest months in which cards were sold, and how far each is redeemed."""
    rows = _rows(
        f"{CARDS} select date_trunc('month', sold_at at time zone %(zone)s)::date, count(*), sum(used),"  # noqa: S608
        f" coalesce(sum(owed) filter (where used = 0), 0) from known group by 1 order by 1 desc limit {int(limit)}",
        scope,
    )
    return [Cohort(month=m, sold=int(n), redeemed=int(used), liability_minor=int(owed)) for m, n, used, owed in rows]


def liability_by_month(scope: Scope, *, count: int = 13) -> list[tuple[date, int]]:
    """What was owed at the ends of the last months, the last day being the scope's own."""
    rows = _rows(
        f"{CARDS} select date_trunc('month', m.at at time zone %(zone)s)::date,"  # noqa: S608
        f" sum((m.sale - m.used) * {OWED}) from moves m join prepaid_cards_cardbatch b on b.id = m.batch_id"
        " left join cards k on k.batch_id = m.batch_id and k.counter = m.counter where b.currency = %(currency)s"
        " and (%(product_id)s::uuid is null or b.product_id = %(product_id)s)"
        " and (%(batch_id)s::uuid is null or b.id = %(batch_id)s)"
        " and (%(seller_id)s::uuid is null or coalesce(m.seller_id, k.seller_id) = %(seller_id)s) group by 1",
        scope,
    )
    by_month = {month: int(minor) for month, minor in rows}
    for month, minor in _breakage_by_month(scope):
        by_month[month] = by_month.get(month, 0) - minor
    days = list(month_ends(last=scope.on, count=count))
    return [(day, sum(minor for month, minor in by_month.items() if month < next_month(day))) for day in days]


def _breakage_by_month(scope: Scope) -> list[tuple[date, int]]:
    """What each month took out of the debt because nobody is expected to redeem it, less what came back into it."""
    rows = _rows(
        "select date_trunc('month', act.at at time zone %(zone)s)::date, sum(act.sign * w.minor)"
        " from prepaid_cards_cardbreakage w join prepaid_cards_breakagerelease l on l.id = w.release_id"
        " join prepaid_cards_cardbatch b on b.id = l.batch_id"
        " cross join lateral (values (w.released_at, 1), (w.reopened_at, -1)) act(at, sign)"
        " where act.at < %(end)s and b.currency = %(currency)s"
        " and (%(product_id)s::uuid is null or b.product_id = %(product_id)s)"
        " and (%(batch_id)s::uuid is null or b.id = %(batch_id)s)"
        " and (%(seller_id)s::uuid is null or l.seller_id = %(seller_id)s) group by 1",
        scope,
    )
    return [(month, int(minor)) for month, minor in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """What the cards say, and what the books say."""

    name: str
    cards_minor: int
    books_minor: int
    in_between_minor: int = 0  # served, and not yet closed
    currency: str

    @property
    def agrees(self) -> bool:
        return self.cards_minor + self.in_between_minor == self.books_minor

    @property
    def cards(self) -> Money:
        return Money(self.cards_minor, self.currency)

    @property
    def in_between(self) -> Money:
        return Money(self.in_between_minor, self.currency)

    @property
    def books(self) -> Money:
        return Money(self.books_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The key figures of a scope."""

    sold: int
    redeemed: int
    liability_minor: int
    deferred_minor: int
    broken: int
    broken_minor: int

    @property
    def outstanding(self) -> int:
        return self.sold - self.redeemed


def totals_of(lines: Sequence[Line]) -> Totals:
    """The sums of a breakdown."""
    return Totals(
        sold=sum(line.sold for line in lines),
        redeemed=sum(line.redeemed for line in lines),
        liability_minor=sum(line.liability_minor for line in lines),
        deferred_minor=sum(line.deferred_minor for line in lines),
        broken=sum(line.broken for line in lines),
        broken_minor=sum(line.broken_minor for line in lines),
    )


def liability_in_books(scope: Scope) -> int:
    """What the ledger owes for sold cards at the end of the day."""
    as_of = scope.end - timedelta(microseconds=1)
    return -balance(of=LedgerAccount.CARD_LIABILITY, currency=scope.currency, as_of=as_of).minor


def breakage_in_books(scope: Scope) -> int:
    """What the ledger has earned by the end of the day of cards that nobody is expected to redeem."""
    rows = LedgerPosting.objects.filter(
        ledger_account=LedgerAccount.BREAKAGE, currency=scope.currency, entry__at__lt=scope.end,
        entry__source_kind__in=[BREAKAGE_SOURCE, REOPENED_SOURCE],
    )  # fmt: skip
    return -int(rows.aggregate(minor=Sum("amount_minor"))["minor"] or 0)


def deferred_in_books(scope: Scope) -> int:
    """What the ledger still defers of redeemed cards at the end of the day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select -coalesce(sum(p.amount_minor), 0) from kernel_ledgerposting p"
            " join kernel_ledgerentry e on e.id = p.entry_id where p.ledger_account = 'deferred_service'"
            " and e.source_kind in (%s, %s) and p.currency = %s and e.at < %s",
            [REDEEMED_SOURCE, SERVICE_SOURCE, scope.currency, scope.end],
        )
        return int(cursor.fetchone()[0])


def unclosed_minor(scope: Scope) -> int:
    """What redeemed cards have earned by the day and no closed month has taken into revenue yet."""
    [(earned,)] = _rows(f"{_DEFERRED} select (select coalesce(sum(net), 0) from spans)"  # noqa: S608
                        " - (select coalesce(sum(minor), 0) from unserved)", scope)  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(sum(p.amount_minor), 0) from kernel_ledgerposting p"
            " join kernel_ledgerentry e on e.id = p.entry_id where p.ledger_account = 'deferred_service'"
            " and e.source_kind = %s and p.currency = %s and e.at < %s",
            [SERVICE_SOURCE, scope.currency, scope.end],
        )
        return int(earned) - int(cursor.fetchone()[0])


def outstanding_cards(scope: Scope) -> QuerySet[Card]:
    """The serials behind the liability: the cards that were sold and not redeemed at the end of the day."""
    sql, params = _positional(
        f"{CARDS} select c.id from known k join prepaid_cards_card c"  # noqa: S608
        " on c.batch_id = k.batch_id and c.counter = k.counter where k.used = 0",
        scope,
    )
    sold = CardEvent.objects.filter(
        batch_id=OuterRef("batch_id"), first=OuterRef("counter"), last=OuterRef("counter"),
        verb=CardVerb.ACTIVATED, at__lt=scope.end,
    ).order_by("-id")  # fmt: skip
    known = RawSQL(sql, params)  # noqa: S611 - our own statement; what was asked are its parameters
    rows = Card.objects.filter(id__in=known).select_related("batch__product")
    broken = CardBreakage.objects.filter(
        Q(reopened_at=None) | Q(reopened_at__gte=scope.end), card_id=OuterRef("id"), released_at__lt=scope.end
    )
    return rows.annotate(
        sold_at=Subquery(sold.values("at")[:1]), seller_name=Subquery(sold.values("account__name")[:1]),
        broken_minor=Coalesce(Subquery(broken.values("minor")[:1]), 0),
    )  # fmt: skip


def _positional(sql: str, scope: Scope) -> tuple[str, list[Any]]:
    """The statement as part of one of Django's, which knows parameters by position only."""
    given, params = scope.params(), []
    pieces = re.split(r"%\((\w+)\)s", sql)
    for name in pieces[1::2]:
        params.append(given[name])
    return "%s".join(pieces[::2]), params


def _rows(sql: str, scope: Scope) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, scope.params())
        return list(cursor.fetchall())
