"""Coupons of an account on the pages of both audiences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django import template

from invoices.documents.offers import held_badge, lasting, worth
from invoices.queries.coupons import terms_of
from invoices.rules.offers import held_state
from provider.kernel.money import Money
from provider.look.tables import Badge

if TYPE_CHECKING:
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
        taken=Money(row.taken_minor, row.account.currency),
        is_running=state == "running",
    )
