"""The ladder: five, ten, fifteen, twenty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from prepaid_cards.rules.guessing import block_of, locked_until

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_four_failures_lock_nothing() -> None:
    assert locked_until({}) is None


@pytest.mark.parametrize(("count", "minutes"), [(5, 15), (10, 30), (15, 60), (20, 24 * 60)])
def test_each_step_locks_longer_from_the_failure_that_reached_it(count: int, minutes: int) -> None:
    reached = {step: AT + timedelta(minutes=step) for step in (5, 10, 15, 20) if step <= count}

    assert locked_until(reached) == AT + timedelta(minutes=count + minutes)


def test_nobody_is_shut_out_for_longer_than_the_hour_in_which_everybodys_failures_count() -> None:
    reached = {step: AT + timedelta(minutes=step) for step in (5, 10, 15, 20)}

    assert locked_until(reached, whose="everybody") == AT + timedelta(minutes=20 + 60)


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("", ""),
        ("a name", ""),
    ],
)
def test_an_address_stands_for_its_network(address: str, block: str) -> None:
    assert block_of(address) == block
