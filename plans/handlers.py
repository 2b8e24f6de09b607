"""What plans do about their own facts, a moment later."""

from __future__ import annotations

from datetime import datetime

from .events import UsageRecorded
from .operations.rollups import fold_usage


def fold(event: UsageRecorded, *, at: datetime) -> None:
    """What was recorded is added to the sums; where another worker is at it, that one or the sweeper does it."""
    fold_usage(at=at)
