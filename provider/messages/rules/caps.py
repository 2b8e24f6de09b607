"""Spending caps: their windows, and whether one more SMS still fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """One limit within one window: of a count, or of money."""

    name: str
    subject: str
    window_at: datetime
    count_max: int | None = None
    cost_max: Decimal | None = None

    @property
    def limit(self) -> str:
        """The limit in figures."""
        return str(self.count_max if self.count_max is not None else self.cost_max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a window has seen so far."""

    sms_count: int
    cost: Decimal


def caps_for(
    *,
    number: str,
    account_id: str,
    per_number_hour: int,
    per_account_day: int,
    cost_per_day: Decimal,
    at: datetime,
) -> list[Cap]:
    """The caps that one SMS meets, always in the same order, so that their rows are locked in that order."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    caps = [Cap(name="number_hour", subject=number, window_at=hour, count_max=per_number_hour)]
    if account_id:
        caps.append(Cap(name="account_day", subject=account_id, window_at=day, count_max=per_account_day))
    caps.append(Cap(name="cost_day", subject="", window_at=day, cost_max=cost_per_day))
    return caps


def first_exceeded(*, caps: Sequence[Cap], used: Sequence[Use], cost: Decimal) -> Cap | None:
    """The first cap that one more SMS at this cost would exceed."""
    for cap, use in zip(caps, used, strict=True):
        if cap.count_max is not None and use.sms_count + 1 > cap.count_max:
            return cap
        if cap.cost_max is not None and use.cost + cost > cap.cost_max:
            return cap
    return None


def masked_number(number: str) -> str:
    """A number that can be recognised but not dialled: +86139****5678."""
    return number if len(number) < 9 else f"{number[:-8]}****{number[-4:]}"
