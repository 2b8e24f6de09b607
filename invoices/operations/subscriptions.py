"""The verbs that bill: each does what was overdue, does what is asked for (`plans.operations`), bills the difference.

Each has a preview: the same code in a transaction that is rolled back. It carries a fingerprint of what would be made;
handed back to the act as `expected`, the act refuses (`PreviewOutdated`, with the new preview) if that has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db import transaction

from invoices.errors import PreviewOutdated
from invoices.rules.book import Unused
from invoices.rules.difference import Document, documents_of, fingerprint_of
from plans.models import Subscription
from plans.operations import subscriptions as verbs
from plans.operations.subscriptions import NewSubscription
from provider.accounts.models import Account
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

from .desk import Desk, lock_account

When = Literal["now", "period_end"]
Change = Callable[[Account], Subscription]

__all__ = [
    "NewSubscription",
    "Outcome",
    "cancel",
    "change_plan",
    "pause",
    "reactivate",
    "resume",
    "set_anchor",
    "set_quantity",
    "start_subscription",
    "withdraw",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an act has made, or would make: the documents in order, and how the subscription stands afterwards."""

    subscription: Subscription
    documents: tuple[Document, ...]
    fingerprint: str
    next_due_at: datetime | None

    @property
    def due_minor(self) -> int:
        """What is to be paid for it in the end."""
        return sum(document.due_minor for document in self.documents)


def perform(
    *,
    account_id: UUID,
    change: Change,
    by: Actor,
    at: datetime,
    is_preview: bool,
    expected: str | None,
    unused: Unused = "credit",
    also: Callable[[], tuple[object, ...]] = tuple,
) -> Outcome:
    """Do the overdue work, the change, and bill the difference; `also` is what the fingerprint covers beside it."""
    with transaction.atomic():
        account = lock_account(account_id)
        desk = Desk(accounts=[account], at=at, by=by)
        subscription = desk.act(account_id, lambda: change(account))
        chosen = {subscription.id: unused}
        desk.catch_up(account_id, unused=chosen)  # what began in the past comes period by period
        desk.bill_now(account_id, unused=chosen)
        documents = documents_of(desk.books[account_id])
        next_due_at = desk.due_of(subscription.id)
        fingerprint = fingerprint_of(documents, next_due_at, *also())
        outcome = Outcome(
            subscription=subscription, documents=documents, fingerprint=fingerprint, next_due_at=next_due_at
        )
        if is_preview:
            transaction.set_rollback(True)
            return outcome
        if expected not in (None, fingerprint):
            raise PreviewOutdated(preview=outcome)
        desk.write()
        subscription.refresh_from_db()
        return replace(outcome, documents=documents_of(desk.books[account_id]))  # with their numbers


def _of_account(*, account_id: UUID, subscription_id: UUID) -> Subscription:
    subscription = Subscription.objects.select_for_update().filter(id=subscription_id, account_id=account_id).first()
    if subscription is None:
        raise NotFound()
    return subscription


def start_subscription(
    *,
    account_id: UUID,
    wish: NewSubscription,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Begin a subscription: now, later, or from a day in the past on."""

    def change(account: Account) -> Subscription:
        return verbs.start(account=account, wish=wish, by=by, at=at)

    return perform(account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected)


def change_plan(
    *,
    account_id: UUID,
    subscription_id: UUID,
    version_id: UUID,
    when: When | datetime = "now",
    unused: Unused = "credit",
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Move to another plan, now or later; what becomes of unused time is chosen."""

    def change(_: Account) -> Subscription:
        subscription = _of_account(account_id=account_id, subscription_id=subscription_id)
        return verbs.change_plan(
            subscription=subscription, version_id=version_id, when=when, unused=unused, by=by, at=at
        )

    return perform(
        account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected, unused=unused
    )


def set_quantity(
    *,
    account_id: UUID,
    subscription_id: UUID,
    charge: str,
    quantity: Decimal,
    when: When = "now",
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Sell another number of units of a charge."""

    def change(_: Account) -> Subscription:
        subscription = _of_account(account_id=account_id, subscription_id=subscription_id)
        return verbs.set_quantity(subscription=subscription, charge=charge, quantity=quantity, when=when, by=by, at=at)

    return perform(account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected)


def set_anchor(
    *,
    account_id: UUID,
    subscription_id: UUID,
    day: int,
    when: When = "period_end",
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Have periods begin on another day of the month."""

    def change(_: Account) -> Subscription:
        subscription = _of_account(account_id=account_id, subscription_id=subscription_id)
        return verbs.set_anchor(subscription=subscription, day=day, when=when, by=by, at=at)

    return perform(account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected)


def pause(
    *,
    account_id: UUID,
    subscription_id: UUID,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Serve and bill nothing until it is resumed; unused time is credited."""

    def change(_: Account) -> Subscription:
        subscription = _of_account(account_id=account_id, subscription_id=subscription_id)
        return verbs.pause(subscription=subscription, by=by, at=at)

    return perform(account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected)


def resume(
    *,
    account_id: UUID,
    subscription_id: UUID,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Serve again: the rest of the running period opens."""

    def change(_: Account) -> Subscription:
        subscription = _of_account(account_id=account_id, subscription_id=subscription_id)
        return verbs.resume(subscription=subscription, by=by, at=at)

    return perform(account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected)


def cancel(
    *,
    account_id: UUID,
    subscription_id: UUID,
    when: When = "now",
    unused: Unused = "credit",
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """End it, now or with its period; what becomes of unused time is chosen."""

    def change(_: Account) -> Subscription:
        subscription = _of_account(account_id=account_id, subscription_id=subscription_id)
        return verbs.cancel(subscription=subscription, when=when, by=by, at=at)

    return perform(
        account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected, unused=unused
    )


def reactivate(
    *,
    account_id: UUID,
    subscription_id: UUID,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Take up what was cancelled."""

    def change(_: Account) -> Subscription:
        subscription = _of_account(account_id=account_id, subscription_id=subscription_id)
        return verbs.reactivate(subscription=subscription, by=by, at=at)

    return perform(account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected)


def withdraw(
    *,
    account_id: UUID,
    subscription_id: UUID,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Take back what was planned for later."""

    def change(_: Account) -> Subscription:
        subscription = _of_account(account_id=account_id, subscription_id=subscription_id)
        return verbs.withdraw(subscription=subscription, by=by, at=at)

    return perform(account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected)
