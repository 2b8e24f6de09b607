"""Coupons and prepaid balances by the clock: what is given, what still takes something off, what can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from provider.kernel.money import Money

CouponState = Literal["open", "planned", "over", "closed"]
HeldState = Literal["running", "used_up", "ended"]
LotState = Literal["usable", "expired", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponTerms:
    """What a coupon takes off; one that is being typed may have neither percentage nor amount yet."""

    code: str = ""
    percent: Decimal | None = None
    amount: Money | None = None
    times: int | None = None  # invoices; None: all
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    starts_at: datetime | None = None
    expires_at: datetime | None = None


def coupon_state(
    *, starts_at: datetime | None, expires_at: datetime | None, closed_at: datetime | None, at: datetime
) -> CouponState:
    """Whether a coupon can be given to anybody at the instant."""
    if closed_at is not None:
        return "closed"
    if expires_at is not None and expires_at <= at:
        return "over"
    return "planned" if starts_at is not None and starts_at > at else "open"


def held_state(*, times: int | None, use_count: int, ended_at: datetime | None, at: datetime) -> HeldState:
    """Whether a coupon that an account has takes something off its next invoice."""
    if times is not None and use_count >= times:
        return "used_up"
    return "ended" if ended_at is not None and ended_at <= at else "running"


def lot_state(*, left_minor: int, lapsed_minor: int, expires_at: datetime | None, at: datetime) -> LotState:
    """Whether the next invoice can use something of a top-up."""
    if lapsed_minor > 0:
        return "expired"
    if left_minor <= 0:
        return "empty"
    return "expired" if expires_at is not None and expires_at <= at else "usable"
