"""Opening an account for somebody else: the account and the invitation to its owner, or neither."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from provider.accounts.models import Account, Portal
from provider.accounts.operations.accounts import AccountDetails, create_reseller, create_subscriber
from provider.accounts.operations.team import invite_member
from provider.accounts.rules.phones import Contact
from provider.kernel.actor import Actor


def open_account(
    *, portal: str, parent: Account, details: AccountDetails, owner: Contact, by: Actor, at: datetime
) -> Account:
    """Make a customer's or a reseller's account under `parent` and write to who is to own it."""
    create = create_reseller if portal == Portal.RESELLER else create_subscriber
    with transaction.atomic():
        account = create(parent=parent, details=details, by=by, at=at)
        invite_member(
            account_id=account.id,
            portal=portal,
            role="owner",
            contact=owner,
            language=details.language,
            by=by,
            at=at,
        )
        return account
