"""Coupons and prepaid balances of an account on the pages of both audiences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django import template

from invoices.documents.offers import held_badge, last_day, lasting, lot_amount, lot_badge, source_word, worth
from invoices.queries.coupons import terms_of
from invoices.rules.offers import held_state, lot_state
from provider.kernel.money import Money
from provider.look.tables import Badge

if TYPE_CHECKING:
    from invoices.queries.balances import LotRow
    from invoices.queries.coupons import AppliedRow

register = template.Library()


@dataclass(frozen=True, slots=True)
class Held:
    """A coupon that an account has or had, as its pages show it."""

    row: AppliedRow
    badge: Badge
    worth: str
    lasting: str
    left: int | None  # invoices; None: all
    last_day: date | None
    taken: Money
    is_running: bool


@register.simple_tag
def held_coupons(rows: Sequence[AppliedRow], at: datetime) -> list[Held]:
    """Each with how it stands at the instant, and what it still does."""
    return [_held(row, at=at) for row in rows]


def _held(row: AppliedRow, *, at: datetime) -> Held:
    coupon, times = row.coupon, row.coupon.times
    state = held_state(times=times, use_count=row.use_count, ended_at=row.ended_at, at=at)
    return Held(
        row=row,
        badge=held_badge(state),
        worth=worth(terms_of(coupon)),
        lasting=lasting(times),
        left=None if times is None else max(times - row.use_count, 0),
        last_day=last_day(row.ended_at, zone=row.account.time_zone),
        taken=Money(row.taken_minor, row.account.currency),
        is_running=state == "running",
    )


@dataclass(frozen=True, slots=True)
class ShownLot:
    """A top-up as the pages of its account show it."""

    row: LotRow
    badge: Badge
    source: str
    last_day: date | None
    amount: str
    left: str


@register.simple_tag
def shown_lots(rows: Sequence[LotRow], at: datetime, zone: str) -> list[ShownLot]:
    """Each with how it stands at the instant; what can be used stands first, in its order."""
    shown = [_lot(row, at=at, zone=zone) for row in rows]
    return sorted(shown, key=lambda one: _lot_state_of(one.row, at=at) != "usable")


def _lot_state_of(row: LotRow, *, at: datetime) -> str:
    """Whether the next invoice can use it."""
    return lot_state(left_minor=row.left_minor, lapsed_minor=row.lapsed_minor, expires_at=row.expires_at, at=at)


def _lot(row: LotRow, *, at: datetime, zone: str) -> ShownLot:
    return ShownLot(
        row=row,
        badge=lot_badge(_lot_state_of(row, at=at)),
        source=source_word(row.source_kind),
        last_day=last_day(row.expires_at, zone=zone),
        amount=lot_amount(row.amount_minor, lot=row),
        left=lot_amount(row.left_minor, lot=row),
    )
