"""When a holder is reminded that something ends: paid time, a trial, grace.

Before an end as many days as `DAYS` says, where the whole is long enough for that; of grace also when it begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Kind = Literal["paid", "trial", "grace"]
DAYS: Final[Mapping[Kind, tuple[int, ...]]] = {"paid": (30, 7, 1), "trial": (3, 1), "grace": (1,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What ends at `ends_at` unless somebody does something."""

    kind: Kind
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One reminder and its instant; the mark says which one it is, so that it is sent once."""

    at: datetime
    mark: str


def reminders(ending: Ending) -> tuple[Reminder, ...]:
    """All reminders of an end, in their order. A term of a month is not announced on its first day."""
    length, ends_at = (ending.ends_at - ending.starts_at).days, ending.ends_at
    is_grace = ending.kind == "grace"
    begin = [Reminder(at=ending.starts_at, mark=f"{ending.starts_at.isoformat()} begin")] if is_grace else []
    before = [
        Reminder(at=ends_at - timedelta(days=days), mark=f"{ends_at.isoformat()} {days}")
        for days in DAYS[ending.kind]
        if length > (days if is_grace else 2 * days)
    ]
    return (*begin, *before)


def reminder_due(ending: Ending, *, at: datetime) -> Reminder | None:
    """The last reminder that is due and still true: a late run sends only that one, and none after the end."""
    past = [reminder for reminder in reminders(ending) if reminder.at <= at < ending.ends_at]
    return past[-1] if past else None


def next_reminder(ending: Ending, *, after: datetime) -> datetime | None:
    """The next instant at which somebody is to be reminded."""
    return next((reminder.at for reminder in reminders(ending) if reminder.at > after), None)
