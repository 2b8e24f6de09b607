"""What a coupon says, and how it stands by the clock: whether it is given, and whether it still takes something off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from provider.kernel.money import Money

CouponState = Literal["open", "planned", "over", "closed"]
HeldState = Literal["running", "used_up", "ended"]


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
