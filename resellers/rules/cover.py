"""For how many days a shelf will do."""

from __future__ import annotations

from typing import Final

ENOUGH_DAYS: Final = 7


def days_of_cover(*, on_shelf: int, sold: int, days: int) -> int | None:
    """Whole days until the shelf is empty at the pace of the last `days`; None where nothing was sold."""
    return None if sold <= 0 else on_shelf * days // sold


def is_low(*, on_shelf: int, sold: int, days: int) -> bool:
    """Whether more should be asked for: less than a week left."""
    left = days_of_cover(on_shelf=on_shelf, sold=sold, days=days)
    return left is not None and left < ENOUGH_DAYS
