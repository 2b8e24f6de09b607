"""What plans do about their own facts, a moment later."""

from __future__ import annotations

from datetime import datetime

from provider.kernel.actor import SYSTEM

from .events import UsageRecorded
from .operations.late import mark_late
from .operations.limits import notice_limits
from .operations.rollups import fold_usage


def fold(event: UsageRecorded, *, at: datetime) -> None:
    """What was recorded is added to the sums; where another worker is at it, that one or the sweeper does it."""
    fold_usage(at=at)


def note_late(event: UsageRecorded, *, at: datetime) -> None:
    """Events of periods that were billed already stand on the next invoice."""
    if event.account_id is not None and event.from_at < at:
        mark_late(
            account_id=event.account_id,
            subscription_ids=event.subscription_ids,
            meters=event.meters,
            from_at=event.from_at,
            at=at,
        )


def tell_of_limits(event: UsageRecorded, *, at: datetime) -> None:
    """Owners learn when a limit of the plan is near, and when it is reached."""
    if event.account_id is not None:
        notice_limits(account_id=event.account_id, meters=event.meters, by=SYSTEM, at=at)
