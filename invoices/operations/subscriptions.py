"""The verbs that bill: each does what was overdue, does what is asked for (`plans.operations`), bills the difference.

Each has a preview: the same code in a transaction that is rolled back. It carries a fingerprint of what would be made;
handed back to the act as `expected`, the act refuses (`PreviewOutdated`, with the new preview) if that has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Literal, NotRequired, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from invoices.errors import PreviewOutdated
from invoices.queries.bank_cards import bank_card_of
from invoices.rules.book import Unused
from invoices.rules.difference import Document, documents_of, fingerprint_of
from plans.models import Subscription
from plans.operations import subscriptions as verbs
from plans.operations.subscriptions import NewSubscription
from plans.queries.facts import Known
from provider.accounts.errors import AccountErased
from provider.accounts.models import Account
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

from .desk import Desk, lock_account

When = Literal["now", "period_end"]
Change = Callable[[Desk], Subscription]

__all__ = [
    "Call",
    "Held",
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


class Call(TypedDict):
    """Which subscription, by whom and when; what is `expected` to be made; `reason` stands in the history."""

    account_id: UUID
    subscription_id: UUID
    by: Actor
    at: datetime
    reason: NotRequired[str]
    expected: NotRequired[str | None]
    is_preview: NotRequired[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An account that the caller has locked, and its subscriptions as they were read since."""

    account: Account
    known: list[Known]


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
    held: Held | None = None,
) -> Outcome:
    """Do the overdue work, the change, and bill the difference; `also` is what the fingerprint covers beside it."""
    with transaction.atomic(savepoint=held is None):
        account = held.account if held else lock_account(account_id)
        if account.erased_at is not None:
            raise AccountErased()
        desk = Desk(accounts=[account], at=at, by=by, known={account_id: held.known} if held else None)
        subscription = desk.act(account_id, lambda: change(desk))
        chosen = {subscription.id: unused}
        if subscription.is_main:  # its add-ons are cut with it
            chosen = dict.fromkeys((one.row.id for one in desk.known[account_id]), unused) | chosen
        desk.catch_up(account_id, unused=chosen)  # what began in the past comes period by period
        desk.bill_now(account_id, unused=chosen)
        documents = documents_of(desk.books[account_id])
        next_due_at = desk.due_of(subscription.id)
        fingerprint = fingerprint_of(documents, next_due_at, subscription.paid_until, *also())
        outcome = Outcome(
            subscription=subscription, documents=documents, fingerprint=fingerprint, next_due_at=next_due_at
        )
        if is_preview:
            transaction.set_rollback(True)
            return outcome
        if expected not in (None, fingerprint):
            raise PreviewOutdated(preview=outcome)
        desk.write()
        as_written = desk.known_one(subscription.id)
        if as_written is not None:
            outcome = replace(outcome, subscription=as_written.row)
        else:  # over, and billed to its end
            subscription.refresh_from_db()
        return replace(outcome, documents=documents_of(desk.books[account_id]))  # with their numbers


def start_subscription(
    *,
    account_id: UUID,
    wish: NewSubscription,
    by: Actor,
    at: datetime,
    reason: str = "",
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Begin a subscription: now, later, or from a day in the past on.

    What is to be paid by invoice is paid automatically where the account has a bank card on file.
    """

    def change(desk: Desk) -> Subscription:
        is_automatic = wish.pays == "on_terms" and bank_card_of(account_id) is not None
        paid = replace(wish, pays="automatic") if is_automatic else wish
        return verbs.start(account=desk.accounts[account_id], wish=paid, by=by, at=at, reason=reason)

    return perform(account_id=account_id, change=change, by=by, at=at, is_preview=is_preview, expected=expected)


def change_plan(
    *, version_id: UUID, when: When | datetime = "now", unused: Unused = "credit", **call: Unpack[Call]
) -> Outcome:
    """Move to another plan, now or later; what becomes of unused time is chosen."""
    verb = partial(verbs.change_plan, version_id=version_id, when=when, unused=unused)
    return _on_one(verb, unused=unused, **call)


def set_quantity(*, charge: str, quantity: Decimal, when: When = "now", **call: Unpack[Call]) -> Outcome:
    """Sell another number of units of a charge."""
    return _on_one(partial(verbs.set_quantity, charge=charge, quantity=quantity, when=when), **call)


def set_anchor(*, day: int, when: When = "period_end", **call: Unpack[Call]) -> Outcome:
    """Have periods begin on another day of the month."""
    return _on_one(partial(verbs.set_anchor, day=day, when=when), **call)


def pause(**call: Unpack[Call]) -> Outcome:
    """Serve and bill nothing until it is resumed; unused time is credited."""
    return _on_one(verbs.pause, **call)


def resume(**call: Unpack[Call]) -> Outcome:
    """Serve again: the rest of the running period opens."""
    return _on_one(verbs.resume, **call)


def cancel(*, when: When | datetime = "now", unused: Unused = "credit", **call: Unpack[Call]) -> Outcome:
    """End it: now, with its period, or at an instant to come; what becomes of unused time is chosen."""
    return _on_one(partial(verbs.cancel, when=when), unused=unused, **call)


def reactivate(**call: Unpack[Call]) -> Outcome:
    """Take up what was cancelled."""
    return _on_one(verbs.reactivate, **call)


def withdraw(**call: Unpack[Call]) -> Outcome:
    """Take back what was planned for later."""
    return _on_one(verbs.withdraw, **call)


def _on_one(verb: Callable[..., Subscription], *, unused: Unused = "credit", **call: Unpack[Call]) -> Outcome:
    """Do one verb of `plans` on one subscription of the account, locked."""
    account_id, by, at = call["account_id"], call["by"], call["at"]

    def change(_: Desk) -> Subscription:
        mine = Subscription.objects.select_for_update().filter(id=call["subscription_id"], account_id=account_id)
        subscription = mine.first()
        if subscription is None:
            raise NotFound()
        return verb(subscription=subscription, by=by, at=at, reason=call.get("reason", ""))

    return perform(
        account_id=account_id,
        change=change,
        by=by,
        at=at,
        is_preview=call.get("is_preview", False),
        expected=call.get("expected"),
        unused=unused,
    )
