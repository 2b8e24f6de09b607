"""When to try again: pure arithmetic, with the dice thrown by the caller."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

FIRST_SECONDS: Final = 10
LONGEST_SECONDS: Final = 3600


def delay(*, attempt: int, dice: float) -> timedelta:
    """How long to wait after the attempt with this number (from 1): doubling, at most an hour.

    `dice`, from 0 to 1, spreads the tries of many over the upper half of the span, so that they do not come at once.
    """
    assert attempt >= 1
    assert 0 <= dice <= 1
    span = min(FIRST_SECONDS * 2 ** min(attempt - 1, 20), LONGEST_SECONDS)
    return timedelta(seconds=span * (0.5 + 0.5 * dice))
