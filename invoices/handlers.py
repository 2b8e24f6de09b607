"""What invoices does about facts from below."""

from __future__ import annotations

from datetime import datetime

from plans.events import UsageRecorded
from provider.kernel.actor import SYSTEM

from .operations.billing import bill_rises_of


def bill_rises(event: UsageRecorded, *, at: datetime) -> None:
    """Units that are charged in advance are billed at once when they rise."""
    if event.account_id is not None:
        bill_rises_of(account_id=event.account_id, meters=event.meters, at=at, by=SYSTEM)
