"""Time passes for a test account: its clock goes on, and everything that falls due on the way is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from invoices.operations.billing import bill_account
from invoices.rules.difference import Document
from provider.accounts.operations.clocks import move_test_clock
from provider.kernel.actor import Actor


def advance_clock(*, account_id: UUID, to: datetime, by: Actor, at: datetime) -> Sequence[Document]:
    """Move the clock and do the scheduled work until then, the oldest first; both or neither."""
    with transaction.atomic():
        move_test_clock(account_id=account_id, to=to, by=by, at=at)
        return bill_account(account_id=account_id, at=to, by=by)
