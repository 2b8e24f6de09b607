"""How soon sold cards are redeemed, and how old those are that are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
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
    """A step of the curve: of `at_risk` cards that are old enough and were not redeemed before, `redeemed` were in it.

    `share` is the part of all cards that is redeemed by the end of the step.
    """

    days: int
    at_risk: int
    redeemed: int
    share: Fraction

    @property
    def percent(self) -> int:
        return round(100 * self.share)


def curve_of(cells: Iterable[Cell], *, most: int = 24) -> list[Point]:
    """The redemption curve in steps of 30 days, as far as there are cards to ask.

    Each step asks only cards that are old enough for it and were not redeemed before; their share is taken off what
    was left (the product-limit estimate of Kaplan and Meier, 1958). So young cards do not press the curve down, and it
    never falls.
    """
    known = list(cells)
    left = Fraction(1)
    points = [Point(0, sum(cell.count for cell in known), 0, Fraction(0))]
    for step in range(1, most + 1):
        asked = [c for c in known if c.age >= step and (c.used is None or c.used >= step - 1)]
        at_risk = sum(cell.count for cell in asked)
        if not at_risk:
            break
        redeemed = sum(cell.count for cell in asked if cell.used == step - 1)
        left *= 1 - Fraction(redeemed, at_risk)
        points.append(Point(step * STEP_DAYS, at_risk, redeemed, 1 - left))
    return points
