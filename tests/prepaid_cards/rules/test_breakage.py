"""How many sold cards count as never to be redeemed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid_cards.rules.breakage import Policy, Pool, due_count, is_sane

TENTH = Policy(method="proportional", expected_percent=Decimal(10))
REMOTE = Policy(method="remote", remote_months=24)


@pytest.mark.parametrize(
    ("redeemed", "remote", "due"),
    [(0, 0, 0), (45, 0, 5), (89, 0, 9), (90, 0, 10), (95, 0, 5), (100, 0, 0), (0, 7, 7), (45, 3, 5)],
)
def test_in_proportion_as_much_of_the_left_over_is_earned_as_was_redeemed(redeemed: int, remote: int, due: int) -> None:
    assert due_count(TENTH, pool=Pool(sold=100, redeemed=redeemed, remote=remote)) == due


def test_only_when_remote_nothing_is_earned_before() -> None:
    assert due_count(REMOTE, pool=Pool(sold=100, redeemed=90, remote=0)) == 0
    assert due_count(REMOTE, pool=Pool(sold=100, redeemed=90, remote=4)) == 4
    assert due_count(Policy(method="none"), pool=Pool(sold=100, redeemed=90, remote=4)) == 0


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.decimals("0.01", "99.99", places=2))
def test_never_more_than_is_left_nor_than_is_expected(sold: int, redeemed: int, remote: int, share: Decimal) -> None:
    redeemed = min(sold, redeemed)
    remote = min(remote, sold - redeemed)
    due = due_count(
        Policy(method="proportional", expected_percent=share), pool=Pool(sold=sold, redeemed=redeemed, remote=remote)
    )
    assert remote <= due <= sold - redeemed or due == remote
    assert due <= max(remote, sold * share / 100)


@pytest.mark.parametrize(
    ("policy", "sane"),
    [
        (TENTH, True),
        (REMOTE, True),
        (Policy(method="none"), True),
        (Policy(method="proportional"), False),
        (Policy(method="proportional", expected_percent=Decimal(100)), False),
        (Policy(method="proportional", expected_percent=Decimal(10), remote_months=2), False),
        (Policy(method="remote"), False),
        (Policy(method="remote", remote_months=241), False),
        (Policy(method="none", remote_months=1), False),
    ],
)
def test_a_policy_says_what_its_way_needs(policy: Policy, sane: bool) -> None:
    assert is_sane(policy) is sane
