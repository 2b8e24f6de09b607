"""When a holder of a paid term is reminded: 30, 7 and 1 days before it ends, where the term is long enough for that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

DAYS: Final = (30, 7, 1)


def reminders(*, starts_at: datetime, ends_at: datetime) -> dict[int, datetime]:
    """The instant of each reminder by its days. A term of a month is not announced on its first day."""
    length = (ends_at - starts_at).days
    return {days: ends_at - timedelta(days=days) for days in DAYS if length > 2 * days}


def reminder_due(*, starts_at: datetime, ends_at: datetime, at: datetime) -> int | None:
    """The days of the last reminder that is due and still true; a run that comes late sends only that one."""
    past = [
        days for days, instant in reminders(starts_at=starts_at, ends_at=ends_at).items() if instant <= at < ends_at
    ]
    return min(past, default=None)


def next_reminder(*, starts_at: datetime, ends_at: datetime, after: datetime) -> datetime | None:
    """The next instant at which somebody is to be reminded."""
    instants = reminders(starts_at=starts_at, ends_at=ends_at).values()
    return min((instant for instant in instants if instant > after), default=None)
