"""Breakage: what will not be redeemed any more goes from what is owed to what is earned, card by card.

A month is closed when nothing in it can be taken back any more. Closing goes month by month, each once; a card that is
redeemed after all is owed again before it is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from plans.rules.months import next_month
from prepaid_cards.errors import BreakageMonthClosed, BreakagePolicyInvalid, ReasonMissing
from prepaid_cards.models import BreakageMonth, BreakagePolicy, BreakageRelease, Card, CardBreakage, Redemption
from prepaid_cards.queries.breakage import PoolPlan, cards_to_release, first_open_month, plan_of
from prepaid_cards.rules.breakage import Policy, is_sane
from provider.kernel import audit, ledger
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import first_instant
from provider.kernel.exclusive import one_at_a_time
from provider.kernel.ledger import Line
from provider.kernel.money import Money

from .revenue import SETTLED_AFTER
from .zones import provider_zone

RELEASED: Final = "card_breakage"
REOPENED: Final = "card_breakage_reopened"
_LOCK: Final = "card_breakage"


def decide_policy(
    *, policy: Policy, product_id: UUID | None, starts_on: date, reason: str, by: Actor, at: datetime
) -> BreakagePolicy:
    """Say how breakage is earned from a month on, for one product or for all without a policy of their own."""
    if not is_sane(policy):
        raise BreakagePolicyInvalid(field="method")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    month = starts_on.replace(day=1)
    with transaction.atomic():
        one_at_a_time(_LOCK)
        if BreakageMonth.objects.filter(month__gte=month).exists():
            raise BreakageMonthClosed(field="starts_on")
        made = BreakagePolicy.objects.create(
            product_id=product_id, method=policy.method, expected_percent=policy.expected_percent,
            remote_months=policy.remote_months, starts_on=month, reason=reason.strip(), decided_at=at,
            decided_by_id=by.user_id,
        )  # fmt: skip
        told = {"method": policy.method, "starts_on": f"{month}", "product": str(product_id or "")}
        told |= {"expected_percent": f"{Decimal(policy.expected_percent)}", "remote_months": f"{policy.remote_months}"}
        audit.record(
            by=by, verb="breakage.policy_decided", subject_kind="breakage_policy", subject_id=made.id,
            account_id=by.account_id, at=at, after=told, reason=reason.strip(),
        )  # fmt: skip
        return made


def release_due_months(*, at: datetime) -> int:
    """Close every month that is over; the number of cards that were released."""
    zone, count = provider_zone(), 0
    while (month := first_open_month()) is not None and at >= _end_of(month, zone=zone) + SETTLED_AFTER:
        count += _close(month, zone=zone, at=at)
    return count


def _close(month: date, *, zone: ZoneInfo, at: datetime) -> int:
    with transaction.atomic():
        one_at_a_time(_LOCK)
        if BreakageMonth.objects.filter(month=month).exists():
            return 0
        plans = [plan for plan in plan_of(month=month, zone=zone) if plan.count and plan.each_minor]
        chosen = [(plan, _lock_open(cards_to_release(plan, month=month, zone=zone))) for plan in plans]
        count = sum(len(cards) for _plan, cards in chosen)

        closed = BreakageMonth.objects.create(month=month, count=count, closed_at=at)
        for plan, cards in chosen:
            if cards:
                _release(plan, cards=cards, month=closed, at=_end_of(month, zone=zone) - timedelta(microseconds=1))

        audit.record(
            by=SYSTEM, verb="breakage.released", subject_kind="breakage_month", subject_id=closed.id, account_id=None,
            at=at, after={"month": f"{month:%Y-%m}", "count": count},
        )  # fmt: skip
        return count


def _lock_open(card_ids: Sequence[int]) -> list[Card]:
    """Those that are still sold and not redeemed, locked, so that none is redeemed meanwhile."""
    cards = Card.objects.select_for_update().filter(id__in=card_ids).order_by("id")
    return [card for card in cards if "active" in (card.status, card.frozen_from)]


def _release(plan: PoolPlan, *, cards: Sequence[Card], month: BreakageMonth, at: datetime) -> None:
    amount = Money(plan.each_minor * len(cards), plan.batch.currency)
    release = BreakageRelease.objects.create(
        month=month, batch=plan.batch, seller=plan.seller, policy=plan.policy, sold=plan.pool.sold,
        redeemed=plan.pool.redeemed, due=plan.due, standing=plan.standing, count=len(cards), minor=amount.minor,
        currency=amount.currency, at=at,
    )  # fmt: skip
    rows = (CardBreakage(release=release, card=card, minor=plan.each_minor, released_at=at) for card in cards)
    CardBreakage.objects.bulk_create(rows, batch_size=5_000)
    ledger.post(
        source_kind=RELEASED, source_id=release.id, purpose="released", at=at,
        lines=[Line(LedgerAccount.CARD_LIABILITY, amount), Line(LedgerAccount.BREAKAGE, -amount)],
    )  # fmt: skip


def reopen_breakage(redemption: Redemption, *, at: datetime) -> CardBreakage | None:
    """Owe a card again that counted as never to be redeemed. Joins the transaction of its redemption."""
    broken = CardBreakage.objects.filter(card_id=redemption.card_id, reopened_at=None).first()
    if broken is None:
        return None
    broken.reopened_at, broken.redemption = at, redemption
    broken.save(update_fields=["reopened_at", "redemption"])
    amount = Money(broken.minor, redemption.currency)
    ledger.post(
        source_kind=REOPENED, source_id=broken.id, purpose="reopened", at=at,
        lines=[Line(LedgerAccount.BREAKAGE, amount), Line(LedgerAccount.CARD_LIABILITY, -amount)],
    )  # fmt: skip
    return broken


def _end_of(month: date, *, zone: ZoneInfo) -> datetime:
    return first_instant(day=next_month(month), zone=zone)
