"""Billing what is due: of one account here, of all in a run (`invoices.operations.runs`)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from invoices.rules.difference import Document, documents_of
from provider.kernel.actor import Actor

from .desk import Desk, lock_account


def bill_account(*, account_id: UUID, at: datetime, by: Actor, is_preview: bool = False) -> tuple[Document, ...]:
    """Do all scheduled work of the account that is due, the oldest first; nothing due makes nothing."""
    with transaction.atomic():
        account = lock_account(account_id)
        desk = Desk(accounts=[account], at=at, by=by)
        desk.catch_up(account_id)
        if account_id not in desk.books:
            return ()
        if is_preview:
            transaction.set_rollback(True)
        else:
            desk.write()
        return documents_of(desk.books[account_id])
