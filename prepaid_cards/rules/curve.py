"""How soon sold cards are redeemed, and how old those are that are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

STEP_DAYS: Final = 30
AGES: Final = (30, 90, 180, 365, 730)  # upper ends in days; beyond the last there is one more


@dataclass(frozen=True, slots=True)
class Cell:
    """So many cards whose sale lies `age` steps back, redeemed within `used` steps; None: not redeemed."""

    age: int
    used: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Point:
    """Of the cards sold at least `days` ago (`old_enough`), how many were redeemed within those days."""

    days: int
    old_enough: int
    redeemed: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.redeemed / self.old_enough) if self.old_enough else None


def curve_of(cells: Iterable[Cell], *, most: int = 24) -> list[Point]:
    """The redemption curve in steps of 30 days. A card counts at a step only if it is old enough to be asked there,
    so that young cards do not press the curve down."""
    known = list(cells)
    points = [Point(0, sum(cell.count for cell in known), 0)]
    for step in range(1, most + 1):
        old = [cell for cell in known if cell.age >= step]
        if not old:
            break
        used = sum(cell.count for cell in old if cell.used is not None and cell.used < step)
        points.append(Point(step * STEP_DAYS, sum(cell.count for cell in old), used))
    return points
