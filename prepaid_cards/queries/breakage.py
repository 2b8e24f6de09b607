"""What counts as never to be redeemed: the policies, what a month would release, and what was released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Min, Q, QuerySet, Sum

from plans.rules.months import next_month
from prepaid_cards.models import BreakageMethod, BreakageMonth, BreakagePolicy, BreakageRelease, CardBatch, CardBreakage
from prepaid_cards.rules.breakage import Method, Policy, Pool, due_count
from provider.accounts.models import Account
from provider.kernel.clock import local_day
from provider.kernel.errors import NotFound
from provider.kernel.money import Money

from .liability import CARDS, Scope

# A card is remote when its last day is over, or so many months after the sale that nobody expects it any more. Never
# unknown, though a card may have no last day: unknown ones would be released before those that are remote.
_REMOTE: Final = """
(coalesce(coalesce(c.redeem_before, b.redeem_before) <= %(end)s, false)
  or %(months)s > 0 and (k.sold_at at time zone %(zone)s)::date + make_interval(months => %(months)s) <= %(after)s)
"""
_OPEN: Final = f"""
{CARDS} select k.batch_id, k.seller_id, c.id as card_id, k.sold_at, k.used, k.owed, k.broken,
  {_REMOTE} as is_remote, (c.status = 'active' or c.frozen_from = 'active')
    and not exists (select from prepaid_cards_redemption r where r.card_id = c.id and r.at >= %(end)s) as is_open
from known k join prepaid_cards_card c on c.batch_id = k.batch_id and c.counter = k.counter
join prepaid_cards_cardbatch b on b.id = k.batch_id where k.seller_id is not null
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPlan:
    """What a month releases of the cards of a batch that a seller has sold."""

    policy: BreakagePolicy
    batch: CardBatch
    seller: Account
    pool: Pool
    due: int
    standing: int
    each_minor: int

    @property
    def count(self) -> int:
        return max(self.due - self.standing, 0)

    @property
    def amount(self) -> Money:
        return Money(self.count * self.each_minor, self.batch.currency)


def policy_for(product_id: UUID, *, month: date) -> BreakagePolicy | None:
    """The policy of a product in a month: the newest of its own, else the newest for all."""
    rows = BreakagePolicy.objects.filter(Q(product_id=product_id) | Q(product=None), starts_on__lte=month)
    return rows.order_by("product_id", "-decided_at", "-id").first()  # those for all come last


def policies() -> QuerySet[BreakagePolicy]:
    """What was decided, the newest first."""
    return BreakagePolicy.objects.select_related("product", "decided_by").order_by("-decided_at", "-id")


def first_open_month() -> date | None:
    """The first month that is not closed; none where no policy was ever decided."""
    last = BreakageMonth.objects.order_by("-month").values_list("month", flat=True).first()
    if last is not None:
        return next_month(last)
    first: date | None = BreakagePolicy.objects.aggregate(first=Min("starts_on"))["first"]
    return first


def months() -> QuerySet[BreakageMonth]:
    """The closed months, the newest first."""
    return BreakageMonth.objects.order_by("-month")


def access_month(month_id: UUID) -> BreakageMonth:
    """One closed month."""
    month = BreakageMonth.objects.filter(id=month_id).first()
    if month is None:
        raise NotFound()
    return month


def releases_of(month: BreakageMonth) -> QuerySet[BreakageRelease]:
    """What a month released, by batch and seller."""
    rows = BreakageRelease.objects.filter(month=month).select_related("batch__product", "seller", "policy")
    return rows.order_by("batch__prefix", "seller__name", "id")


def released_by_currency(month: BreakageMonth) -> list[Money]:
    """What a month released, in each currency."""
    sums = BreakageRelease.objects.filter(month=month).values("currency").annotate(minor=Sum("minor"))
    return [Money(row["minor"], row["currency"]) for row in sums.order_by("currency")]


def reopened(*, limit: int) -> QuerySet[CardBreakage]:
    """Cards that were redeemed after all, the newest first."""
    rows = CardBreakage.objects.filter(reopened_at__isnull=False).select_related("card__batch", "redemption__account")
    return rows.order_by("-reopened_at", "-id")[:limit]


def plan_of(*, month: date, zone: ZoneInfo) -> list[PoolPlan]:
    """What closing the month would release, as things stand now; the act computes the same. Nothing is changed."""
    last = next_month(month) - timedelta(days=1)
    plans: list[PoolPlan] = []
    pairs = CardBatch.objects.exclude(tax_class="promotional").order_by("product_id", "currency")
    for product_id, currency in pairs.values_list("product_id", "currency").distinct():
        policy = policy_for(product_id, month=month)
        if policy is None or policy.method == BreakageMethod.NONE:
            continue
        scope = Scope(on=last, zone=zone, currency=currency, product_id=product_id)
        plans += _pools(policy, scope=scope)
    return plans


def _pools(policy: BreakagePolicy, *, scope: Scope) -> list[PoolPlan]:
    rows = _asked(
        f"select batch_id, seller_id, count(*), sum(used), count(*) filter (where used = 0 and is_remote and is_open),"  # noqa: S608
        f" count(*) filter (where broken > 0) from ({_OPEN}) open group by 1, 2 order by 1, 2",
        policy=policy,
        scope=scope,
    )
    batches = CardBatch.objects.select_related("product").in_bulk([row[0] for row in rows])
    sellers = Account.objects.in_bulk([row[1] for row in rows])
    known = Policy(
        method=cast(Method, policy.method), expected_percent=policy.expected_percent, remote_months=policy.remote_months
    )  # fmt: skip
    found = []
    for batch_id, seller_id, sold, redeemed, remote, standing in rows:
        pool = Pool(sold=int(sold), redeemed=int(redeemed), remote=int(remote))
        found.append(
            PoolPlan(
                policy=policy, batch=batches[batch_id], seller=sellers[seller_id], pool=pool,
                due=due_count(known, pool=pool), standing=int(standing),
                each_minor=batches[batch_id].price.liability_minor,
            )
        )  # fmt: skip
    return found


def cards_to_release(plan: PoolPlan, *, month: date, zone: ZoneInfo) -> list[int]:
    """Which cards a plan releases: those that are remote first, then those sold longest ago."""
    scope = Scope(
        on=next_month(month) - timedelta(days=1), zone=zone, currency=plan.batch.currency, batch_id=plan.batch.id,
        seller_id=plan.seller.id,
    )  # fmt: skip
    rows = _asked(
        f"select card_id from ({_OPEN}) open where used = 0 and broken = 0 and is_open"  # noqa: S608
        f" order by is_remote desc, sold_at, card_id limit {int(plan.count)}",
        policy=plan.policy,
        scope=scope,
    )
    return [int(row[0]) for row in rows]


def _asked(sql: str, *, policy: BreakagePolicy, scope: Scope) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, scope.params() | {"months": policy.remote_months})
        return list(cursor.fetchall())


def month_of(*, at: datetime, zone: ZoneInfo) -> date:
    """The first day of the month of an instant."""
    return local_day(at=at, zone=zone).replace(day=1)
