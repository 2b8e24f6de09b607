"""The clock of a test account: it goes forward only, and only operators move it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from provider.accounts.errors import ClockGoesForward, ClockOnlyInTest, ClockTooFar
from provider.accounts.models import Account
from provider.kernel import audit
from provider.kernel.actor import Actor

from .locks import lock_account

FARTHEST: Final = timedelta(days=800)


def move_test_clock(*, account_id: UUID, to: datetime, by: Actor, at: datetime) -> Account:
    """Let it be `to` for a test account; what falls due on the way is the caller's."""
    with transaction.atomic():
        account = lock_account(account_id)

        if not account.is_test:
            raise ClockOnlyInTest()
        now = account.test_clock_at or at
        if to <= now:
            raise ClockGoesForward(field="step")
        if to - now > FARTHEST:
            raise ClockTooFar(field="step", days=FARTHEST.days)

        before = account.test_clock_at
        account.test_clock_at = to
        account.save(update_fields=["test_clock_at"])

        audit.record(
            by=by, verb="account.clock_moved", subject_kind="account", subject_id=account.id, account_id=account.id,
            at=at, before={"clock": before}, after={"clock": to},
        )  # fmt: skip
        return account
