"""The first subscription of an account, with its workspace: at sign-up, or when an owner chooses a plan later."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from crm_tenant.operations.workspaces import open_workspace
from invoices.operations.subscriptions import NewSubscription, Outcome, start_subscription
from plans.queries.catalogue import Offer
from provider.accounts.models import Account, User
from provider.kernel.actor import Actor
from provider.kernel.errors import Refusal
from provider.portal.errors import PlanNotOffered, SubscribedAlready
from provider.portal.queries.beginning import has_main_subscription, offer_at_sign_up, offers_for

log = logging.getLogger(__name__)


def begin(
    *,
    account_id: UUID,
    plan_code: str,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Outcome:
    """Subscribe an account to an offered plan, to be paid in advance: its trial, if it has one, begins now.

    The workspace is made at once, so that the board is there on the next click.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
        if has_main_subscription(account_id=account_id):
            raise SubscribedAlready()
        offer = _chosen(account, plan_code=plan_code)

        wish = NewSubscription(version_id=offer.version.id, pays="prepaid")
        outcome = start_subscription(
            account_id=account_id, wish=wish, by=by, at=at, expected=expected, is_preview=is_preview
        )
        if not is_preview:
            open_workspace(account_id=account_id, by=by, at=at)
        return outcome


def _chosen(account: Account, *, plan_code: str) -> Offer:
    offer = next((one for one in offers_for(account) if one.plan.code == plan_code), None)
    if offer is None:
        raise PlanNotOffered(field="plan")
    return offer


def begin_at_sign_up(*, account: Account, user: User, plan: str, by: Actor, at: datetime) -> None:
    """Begin with the plan that was chosen before signing up, else with the first one that is offered.

    Who signs up while nothing can be sold (no plan, no seller) gets their account all the same, and chooses later.
    """
    offer = offer_at_sign_up(plan=plan, currency=account.currency)
    if offer is None:
        log.warning("Account %s signed up, but no plan is offered in %s.", account.id, account.currency)
        return
    try:
        begin(account_id=account.id, plan_code=offer.plan.code, by=by, at=at)
    except Refusal as refusal:
        log.warning("Account %s signed up, but %s could not begin: %s", account.id, offer.plan.code, refusal.code)
