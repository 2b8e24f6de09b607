"""How far long work has come, how fast, and how long it will take: pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What can honestly be said; None where it cannot."""

    handled: int
    total: int | None
    percent: int | None
    per_minute: int | None
    seconds_left: int | None


def measure(
    *, handled: int, total: int | None, started_at: datetime | None, progressed_at: datetime | None, is_over: bool
) -> Progress:
    """Progress of work that has handled so many of so many between two instants.

    The percentage never says 100 before the end. The rate needs a second of work to be said at all.
    """
    seconds = 0 if started_at is None or progressed_at is None else int((progressed_at - started_at).total_seconds())
    has_rate = seconds >= 1 and handled > 0
    left = None if total is None else max(0, total - handled)
    return Progress(
        handled=handled,
        total=total,
        percent=_percent(handled=handled, total=total, is_over=is_over),
        per_minute=handled * 60 // seconds if has_rate else None,
        seconds_left=-(-left * seconds // handled) if has_rate and left is not None and not is_over else None,
    )


def _percent(*, handled: int, total: int | None, is_over: bool) -> int | None:
    if total is None:
        return None
    if total == 0:
        return 100 if is_over else 0
    return min(handled * 100 // total, 100 if is_over else 99)
