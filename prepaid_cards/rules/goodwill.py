"""How long after its last day a card may still be rescued, and for how long then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from provider.kernel.clock import first_instant, local_day

OVERDUE_AT_MOST: Final = timedelta(days=90)
LASTS: Final = timedelta(days=14)


def taken_until(*, at: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which a card that is rescued now is not taken any more: fourteen whole days after today."""
    return first_instant(day=local_day(at=at, zone=zone) + LASTS + timedelta(days=1), zone=zone)
