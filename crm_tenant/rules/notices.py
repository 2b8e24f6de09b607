"""What is said above each page of the CRM while its access is about to end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SOON_DAYS: Final = 7  # of a paid term: earlier, nobody has to think of it
URGENT_DAYS: Final = 3
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The state, until when it lasts, and how many of the reader's days are left, today included."""

    state: str
    until: datetime
    days_left: int
    goes_on: bool = False  # by itself: a trial of somebody who pays afterwards, or has paid for what follows
    paid_until: datetime | None = None  # of a trial: until when what follows it is paid for already

    @property
    def is_urgent(self) -> bool:
        """Whether it is told as a warning."""
        return self.state == "grace" or (self.days_left <= URGENT_DAYS and not self.goes_on)


def notice(
    *, state: str, until: datetime | None, at: datetime, zone: ZoneInfo, pays: str = "",
    paid_until: datetime | None = None,
) -> Notice | None:  # fmt: skip
    """The notice, if there is something to tell: a trial and grace always, what is paid shortly before its end."""
    if until is None or until <= at or state not in ("trial", "grace", "active"):
        return None
    last_day = (until - _INSTANT).astimezone(zone).date()
    days_left = (last_day - at.astimezone(zone).date()).days + 1
    if state == "active" and days_left > SOON_DAYS:
        return None
    paid_ahead = paid_until if state == "trial" and paid_until is not None and paid_until > until else None
    goes_on = paid_ahead is not None or (state == "trial" and pays in ("on_terms", "automatic"))
    return Notice(state=state, until=until, days_left=days_left, goes_on=goes_on, paid_until=paid_ahead)
