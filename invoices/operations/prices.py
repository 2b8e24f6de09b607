"""Prices agreed for one subscription: what they change on the bills to come is seen first, then it is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from invoices.errors import PreviewOutdated
from invoices.rules.changes import Foreseen, foreseen
from plans.models import AgreedPrice, Subscription
from plans.operations import prices as verbs
from plans.operations.prices import PriceWish
from plans.queries.facts import known_subscriptions
from provider.kernel.actor import Actor
from provider.kernel.clock import first_instant
from provider.kernel.errors import NotFound

from .billing import bill_account
from .desk import Desk, lock_account
from .subscriptions import perform
from .upcoming import AHEAD, documents_ahead

__all__ = ["PriceWish", "agree_price", "end_price"]

Verb = Callable[[Subscription], AgreedPrice]


def agree_price(
    *,
    account_id: UUID,
    subscription_id: UUID,
    wish: PriceWish,
    reason: str,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Foreseen[AgreedPrice]:
    """Have a charge of one subscription cost other amounts for some days that are not billed yet."""

    def verb(subscription: Subscription) -> AgreedPrice:
        return verbs.agree_price(subscription=subscription, wish=wish, by=by, at=at, reason=reason)

    return _change(
        account_id=account_id, subscription_id=subscription_id, verb=verb, day=wish.start_on, by=by, at=at,
        expected=expected, is_preview=is_preview,
    )  # fmt: skip


def end_price(
    *,
    account_id: UUID,
    subscription_id: UUID,
    agreed_id: UUID,
    end_on: date,
    reason: str,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Foreseen[AgreedPrice]:
    """Have the plan's price hold again from a day on that is not billed yet."""

    def verb(subscription: Subscription) -> AgreedPrice:
        return verbs.end_price(
            subscription=subscription, agreed_id=agreed_id, end_on=end_on, by=by, at=at, reason=reason
        )

    return _change(
        account_id=account_id, subscription_id=subscription_id, verb=verb, day=end_on, by=by, at=at,
        expected=expected, is_preview=is_preview,
    )  # fmt: skip


def _change(
    *,
    account_id: UUID,
    subscription_id: UUID,
    verb: Verb,
    day: date,
    by: Actor,
    at: datetime,
    expected: str | None,
    is_preview: bool,
) -> Foreseen[AgreedPrice]:
    """Do the overdue work, then the verb, and compare the documents to come with what they were."""
    with transaction.atomic():
        account = lock_account(account_id)
        bill_account(account_id=account_id, at=at, by=by)
        subscription = Subscription.objects.filter(id=subscription_id, account_id=account_id).first()
        if subscription is None:
            raise NotFound()
        until = _seen_until(subscription, day=day, at=at)
        before = documents_ahead(account_id=account_id, by=by, at=at, until=until)
        made: list[AgreedPrice] = []

        def change(_: Desk) -> Subscription:
            made.append(verb(subscription))
            return subscription

        perform(account_id=account_id, change=change, by=by, at=at, is_preview=False, expected=None)
        after = documents_ahead(account_id=account_id, by=by, at=at, until=until)
        seen = foreseen(result=made[0], before=before, after=after, currency=account.currency, until=until)
        if is_preview:
            transaction.set_rollback(True)
        elif expected not in (None, seen.fingerprint):
            raise PreviewOutdated(preview=seen)
        return seen


def _seen_until(subscription: Subscription, *, day: date, at: datetime) -> datetime:
    """The end of the first period in which the day lies: it is billed by then. At least the period that runs."""
    known = known_subscriptions([subscription])[0]
    day = max(day, at.astimezone(known.zone).date())
    day = min(day, (at + AHEAD).astimezone(known.zone).date())
    _, end = known.facts.service.schedule_on(day).whole_period(day)
    return first_instant(day=end, zone=known.zone) + timedelta(microseconds=1)
