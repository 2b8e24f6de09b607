"""How many sold cards count as never to be redeemed: whole cards, rounded down, so that never too much is earned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Method = Literal["none", "proportional", "remote"]
MOST_MONTHS: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How breakage is earned: in proportion to redemptions by an expected share, or only once redemption is remote."""

    method: Method
    expected_percent: Decimal = Decimal(0)
    remote_months: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Cards of one batch that one seller has sold: how many, how many were redeemed, and how many cannot be or are
    so old that nobody expects it."""

    sold: int
    redeemed: int
    remote: int


def is_sane(policy: Policy) -> bool:
    """Whether the policy says what its method needs, and nothing else."""
    share, months = policy.expected_percent, policy.remote_months
    if policy.method == "proportional":
        return 0 < share < 100 and not months
    return not share and (1 <= months <= MOST_MONTHS if policy.method == "remote" else not months)


def due_count(policy: Policy, *, pool: Pool) -> int:
    """How many cards of the pool should be earned as breakage by now, in all.

    In proportion: as large a part of the cards expected to be left over as was redeemed of those expected to come.
    Cards that are remote are earned by either method.
    """
    if policy.method == "none":
        return 0
    earned = 0
    if policy.method == "proportional":
        share = policy.expected_percent / 100
        earned = int(min(pool.sold * share, pool.redeemed * share / (1 - share)))
    return min(max(earned, pool.remote), pool.sold - pool.redeemed)
