"""Billing what is due: of one account here, of all in a run (`invoices.operations.runs`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from invoices.queries.books import charges_at_once
from invoices.rules.difference import Document, documents_of
from provider.kernel.actor import Actor

from .desk import Desk, lock_account


def bill_account(*, account_id: UUID, at: datetime, by: Actor, is_preview: bool = False) -> tuple[Document, ...]:
    """Do all scheduled work of the account that is due, the oldest first; nothing due makes nothing."""
    with transaction.atomic():
        account = lock_account(account_id)
        desk = Desk(accounts=[account], at=at, by=by, cause="run")
        desk.catch_up(account_id)
        if account_id not in desk.books:
            return ()
        if is_preview:
            transaction.set_rollback(True)
        else:
            desk.write()
        return documents_of(desk.books[account_id])


def bill_rises_of(*, account_id: UUID, meters: Sequence[str], at: datetime, by: Actor) -> tuple[Document, ...]:
    """Bill what events of these meters have made due; most meters are billed when their period has closed."""
    if not charges_at_once(account_id=account_id, meters=meters, at=at):
        return ()
    return bill_account(account_id=account_id, at=at, by=by)
