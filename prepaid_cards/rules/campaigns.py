"""Promotions: which of them a redemption gets, what they give and what they cost, and how a budget would have lasted.

**Stacking.** Of the promotions that fit, the first by priority (then by their beginning) is given. If it may be
combined, every other one that fits and may be combined is given too; one that may not be combined stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from provider.kernel.money import round_half_away

MONTHS, DAYS, POINTS, PERCENT = "months", "days", "points", "percent"
ANYBODY, FIRST, AGAIN, WIN_BACK = "anybody", "first", "again", "win_back"
_MONTH_DAYS: Final = 30  # what a month counts in costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A promotion as it stands: what it gives to whom, and what its budget has left (None: no limit)."""

    id: UUID
    name: str
    kind: str
    amount: int
    audience: str
    starts_at: datetime
    ends_at: datetime
    currency: str
    point_cost_minor: int = 1
    priority: int = 100
    is_combinable: bool = False
    left_count: int | None = None
    left_minor: int | None = None
    products: frozenset[UUID] = frozenset()  # none: all
    batches: frozenset[UUID] = frozenset()
    sellers: frozenset[UUID] = frozenset()
    stores: frozenset[UUID] = frozenset()
    regions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A redemption as promotions see it. Of time it has months or days; of money or points an `amount`."""

    at: datetime
    product_id: UUID
    batch_id: UUID
    seller_id: UUID | None
    store_id: UUID | None  # where it was sold
    region: str
    is_first: bool
    has_renewed: bool  # a card of time was redeemed before; one of money or points is no renewal
    is_dormant: bool
    currency: str
    face_minor: int
    months: int = 0
    days: int = 0
    term_days: int = 0  # as it would be served
    amount: int = 0

    @property
    def is_time(self) -> bool:
        return self.term_days > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus:
    """What one promotion gives to one redemption, and what that is worth."""

    campaign_id: UUID
    name: str
    months: int = 0
    days: int = 0
    points: int = 0
    amount: int = 0  # more money or points of a card of money or points
    cost_minor: int = 0


def fits(offer: Offer, *, case: Case) -> bool:
    """Whether the redemption is one that the promotion is for; the budget is asked elsewhere."""
    return (
        offer.starts_at <= case.at < offer.ends_at
        and offer.currency == case.currency
        and (not offer.products or case.product_id in offer.products)
        and (not offer.batches or case.batch_id in offer.batches)
        and (not offer.sellers or case.seller_id in offer.sellers)
        and (not offer.stores or case.store_id in offer.stores)
        and (not offer.regions or case.region in offer.regions)
        and _is_for(offer.audience, case=case)
        and (case.is_time or offer.kind in (POINTS, PERCENT))
    )


def _is_for(audience: str, *, case: Case) -> bool:
    return {
        ANYBODY: True, FIRST: case.is_first, AGAIN: case.has_renewed, WIN_BACK: case.is_dormant,
    }[audience]  # fmt: skip


def bonus_of(offer: Offer, *, case: Case) -> Bonus:
    """What the promotion gives; parts of a day or unit are rounded up in the holder's favour."""
    nothing = Bonus(campaign_id=offer.id, name=offer.name)
    if offer.kind == POINTS:
        return replace(nothing, points=offer.amount, cost_minor=offer.amount * offer.point_cost_minor)
    if offer.kind == PERCENT:
        cost = round_half_away(numerator=case.face_minor * offer.amount, denominator=100)
        more = -(-(case.term_days or case.amount) * offer.amount // 100)
        days, amount = (more, 0) if case.is_time else (0, more)
        return replace(nothing, days=days, amount=amount, cost_minor=cost)
    if offer.kind == MONTHS:
        return replace(nothing, months=offer.amount, cost_minor=_worth(case, days=offer.amount * _MONTH_DAYS))
    return replace(nothing, days=offer.amount, cost_minor=_worth(case, days=offer.amount))


def _worth(case: Case, *, days: int) -> int:
    """What so many days cost at the card's own price."""
    paid = case.months * _MONTH_DAYS + case.days or case.term_days
    return round_half_away(numerator=case.face_minor * days, denominator=paid)


def has_room(offer: Offer, *, cost_minor: int) -> bool:
    """Whether the budget bears one more."""
    return (offer.left_count is None or offer.left_count >= 1) and (
        offer.left_minor is None or offer.left_minor >= cost_minor
    )


def bonuses_for(offers: Iterable[Offer], *, case: Case) -> list[Bonus]:
    """What the redemption gets, by the rule of stacking."""
    given: list[Bonus] = []
    for offer in sorted(offers, key=lambda one: (one.priority, one.starts_at, one.id)):
        if not fits(offer, case=case) or (given and not offer.is_combinable):
            continue
        bonus = bonus_of(offer, case=case)
        if not has_room(offer, cost_minor=bonus.cost_minor):
            continue
        given.append(bonus)
        if not offer.is_combinable:
            break
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a promotion would have done to past redemptions."""

    asked: int  # redemptions in the time looked at
    given: int
    turned_away: int  # those that fitted when the budget was used up
    face_minor: int  # of the cards that would have got it
    cost_minor: int
    exhausted_at: datetime | None = None  # when the budget would be used up, counted from the promotion's beginning

    @property
    def margin_minor(self) -> int:
        """What is left of the cards' prices."""
        return self.face_minor - self.cost_minor

    @property
    def cost_percent(self) -> int:
        return round(100 * self.cost_minor / self.face_minor) if self.face_minor else 0


def rehearse(offer: Offer, *, cases: Sequence[Case], since: datetime, until: datetime) -> Rehearsal:
    """The promotion over redemptions of the past, one after the other, as if it had run from `since` to `until`."""
    left = replace(offer, starts_at=since, ends_at=until)
    given = turned_away = face = cost = 0
    exhausted_at: datetime | None = None
    for case in cases:
        if not fits(left, case=case):
            continue
        bonus = bonus_of(left, case=case)
        if not has_room(left, cost_minor=bonus.cost_minor):
            turned_away += 1
            exhausted_at = exhausted_at or offer.starts_at + (case.at - since)
            continue
        given, face, cost = given + 1, face + case.face_minor, cost + bonus.cost_minor
        left = _less(left, cost_minor=bonus.cost_minor)
    return Rehearsal(
        asked=len(cases), given=given, turned_away=turned_away, face_minor=face, cost_minor=cost,
        exhausted_at=exhausted_at,
    )  # fmt: skip


def _less(offer: Offer, *, cost_minor: int) -> Offer:
    return replace(
        offer,
        left_count=None if offer.left_count is None else offer.left_count - 1,
        left_minor=None if offer.left_minor is None else offer.left_minor - cost_minor,
    )
