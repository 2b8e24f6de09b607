"""When an invoice is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from invoices.rules.dunning import next_try

AT = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


def test_tries_spread_over_two_weeks_from_the_first():
    at, days = AT, []
    for refused in range(1, 6):
        again = next_try(refused_count=refused, failure_code="insufficient_funds", at=at)
        if again is None:
            break
        days.append((again - AT).days)
        at = again

    assert days == [3, 7, 14]


@pytest.mark.parametrize("code", ["lost_card", "authentication_required", "expired_card"])
def test_a_refusal_that_time_does_not_mend_is_the_last(code: str):
    assert next_try(refused_count=1, failure_code=code, at=AT) is None


def test_a_refusal_that_nobody_knows_is_tried_again():
    assert next_try(refused_count=1, failure_code="something_new", at=AT) == AT + timedelta(days=3)
