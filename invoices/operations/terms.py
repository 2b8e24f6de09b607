"""Paid terms: what was overdue is billed first, what going on opens comes after; the term itself has no invoice."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from plans.models import PaidTerm, Subscription, SubscriptionStatus
from plans.operations import subscriptions as plans_subscriptions
from plans.operations import terms as verbs
from plans.operations.subscriptions import NewSubscription
from plans.operations.terms import Extended, How, Term
from plans.queries.facts import known_subscriptions
from provider.accounts.models import Account
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

from .desk import Desk, lock_account
from .subscriptions import Held, Outcome, perform

__all__ = ["Extension", "Held", "Term", "extend_term", "take_back_term"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(Outcome):
    """A term that was added, or would be: days [start_on, end_on), and how it was fitted in."""

    term_id: UUID
    start_on: date
    end_on: date
    starts_at: datetime
    ends_at: datetime
    how: How
    is_converted: bool
    seats: int
    old_paid_until: datetime | None


def extend_term(
    *,
    account_id: UUID,
    term: Term,
    subscription_id: UUID | None = None,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
    held: Held | None = None,
) -> Extension:
    """Add a term that was paid ahead; an account that slept is awake at once.

    Without a subscription a prepaid one begins on the term's version. Joins the caller's transaction; `held` spares
    reading again what the caller has just read.
    """
    added: list[Extended] = []

    def change(desk: Desk) -> Subscription:
        account = desk.accounts[account_id]
        seen = desk.known_one(subscription_id) if held and subscription_id else None  # since the account is locked
        subscription = seen.row if seen else _subscription(account, subscription_id=subscription_id)
        is_first = subscription is None
        if subscription is None:
            wish = NewSubscription(version_id=term.version_id, pays="prepaid")
            subscription = plans_subscriptions.start(account=account, wish=wish, by=by, at=at)
        known = seen or desk.known_one(subscription.id) or known_subscriptions([subscription])[0]
        known.row = subscription  # as it is under its lock
        added.append(verbs.extend(known=known, term=term, by=by, at=at, is_first=is_first))
        return subscription

    outcome = perform(
        account_id=account_id,
        change=change,
        by=by,
        at=at,
        is_preview=is_preview,
        expected=expected,
        also=lambda: (added[0].row.start_on, added[0].row.end_on, added[0].row.seats),
        held=held,
    )
    row = added[0].row
    return Extension(
        **{field.name: getattr(outcome, field.name) for field in fields(Outcome)},
        term_id=row.id,
        start_on=row.start_on,
        end_on=row.end_on,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        how=added[0].how,
        is_converted=added[0].is_converted,
        seats=row.seats,
        old_paid_until=added[0].old_paid_until,
    )


def _subscription(account: Account, *, subscription_id: UUID | None) -> Subscription | None:
    """The one that was named, else the main one, else the main one that ended last."""
    mine = Subscription.objects.select_for_update().filter(account=account)
    if subscription_id is not None:
        named = mine.filter(id=subscription_id).first()
        if named is None:
            raise NotFound()
        return named
    main = mine.filter(is_main=True)
    return main.exclude(status=SubscriptionStatus.ENDED).first() or main.order_by("-ended_at").first()


def take_back_term(*, account_id: UUID, source_kind: str, source_id: str, by: Actor, at: datetime) -> PaidTerm:
    """Undo a term, such as a redemption that was a mistake; access follows at once."""
    with transaction.atomic():
        account = lock_account(account_id)
        desk = Desk(accounts=[account], at=at, by=by)

        def change() -> PaidTerm:
            row = verbs.take_back(source_kind=source_kind, source_id=source_id, by=by, at=at)
            if row.subscription.account_id != account_id:
                raise NotFound()
            return row

        row = desk.act(account_id, change)
        desk.catch_up(account_id)
        desk.bill_now(account_id, unused={})
        desk.write()
    return row
