"""Points and what they come to: whole steps of the rate, the oldest points first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many points for so much money, in minor units."""

    points: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Points that came together: how many, how many of them are left, and what was paid for all of them."""

    id: UUID
    currency: str
    amount: int
    left: int
    worth_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is taken of one lot, and what of its worth is owed no longer as points."""

    lot_id: UUID
    currency: str
    points: int
    worth_minor: int


def most_of(left: int, *, rate: Rate) -> int:
    """The most points of those that are left which make whole steps."""
    return left // rate.points * rate.points


def money_of(points: int, *, rate: Rate) -> int:
    """What whole steps come to."""
    assert points % rate.points == 0
    return points // rate.points * rate.amount_minor


def parts_of(lots: Sequence[Lot], *, points: int) -> list[Part]:
    """From which lots the points come, in their order. The shares of a lot's worth add up to it, to the last unit."""
    parts, missing = [], points
    for lot in lots:
        taken = min(missing, lot.left)
        if taken:
            used = lot.amount - lot.left
            share = lot.worth_minor * (used + taken) // lot.amount - lot.worth_minor * used // lot.amount
            parts.append(Part(lot_id=lot.id, currency=lot.currency, points=taken, worth_minor=share))
            missing -= taken
    assert not missing
    return parts
