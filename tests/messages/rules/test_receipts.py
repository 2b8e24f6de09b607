"""Receipts come late, twice and in any order; all orders end in the same state."""

from __future__ import annotations

from itertools import permutations

import pytest

from provider.messages.models import DELIVERY_TRANSITIONS
from provider.messages.rules.receipts import after_receipt


def _end(start: str, reports: tuple[str, ...]) -> str:
    for reported in reports:
        start = after_receipt(status=start, reported=reported) or start
    return start


@pytest.mark.parametrize(
    "reports", [("sent", "delivered"), ("sent", "failed"), ("sent", "delivered", "bounced"), ("sent", "sent", "failed")]
)
def test_every_order_of_the_same_reports_ends_alike(reports: tuple[str, ...]) -> None:
    ends = {_end("queued", order) for order in permutations(reports)}

    assert len(ends) == 1


@pytest.mark.parametrize("status", ["suppressed", "capped"])
def test_what_never_left_cannot_be_reported(status: str) -> None:
    assert after_receipt(status=status, reported="delivered") is None


def test_every_climb_is_in_the_transition_table() -> None:
    states = ("queued", "sent", "failed", "delivered", "bounced")
    for status in states:
        for reported in states:
            to = after_receipt(status=status, reported=reported)
            assert to is None or to in DELIVERY_TRANSITIONS[status]
