"""What happens if nobody does anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plans.rules.outlook import Situation, turns_of

NOON = datetime(2026, 12, 15, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def becomes(**facts: Any) -> list[tuple[str, datetime]]:
    usual: dict[str, Any] = {"state": "active", "pays": "prepaid", "grace_days": 7}
    return [(turn.becomes, turn.at) for turn in turns_of(Situation(**usual | facts))]


def test_a_trial_that_nobody_pays_runs_into_grace_and_then_into_sleep() -> None:
    told = becomes(state="trial", spell_ends_at=NOON)
    assert told == [("grace", NOON), ("dormant", NOON + WEEK)]


def test_a_trial_with_a_card_redeemed_goes_on_until_the_card_ends() -> None:
    paid = NOON + timedelta(days=365)
    told = becomes(state="trial", spell_ends_at=NOON, paid_until=paid)
    assert told == [("active", NOON), ("grace", paid), ("dormant", paid + WEEK)]


def test_a_trial_that_is_billed_afterwards_simply_goes_on() -> None:
    assert becomes(state="trial", pays="on_terms", spell_ends_at=NOON) == [("active", NOON)]


def test_who_is_billed_gets_the_next_invoice() -> None:
    assert becomes(pays="automatic", next_due_at=NOON) == [("billed", NOON)]


def test_a_plan_without_grace_sleeps_at_the_paid_end() -> None:
    assert becomes(paid_until=NOON, grace_days=0) == [("dormant", NOON)]


def test_grace_ends_in_sleep() -> None:
    assert becomes(state="grace", spell_ends_at=NOON) == [("dormant", NOON)]


def test_after_a_cancel_nothing_else_comes() -> None:
    told = becomes(paid_until=NOON + WEEK, cancel_at=NOON, change_at=NOON + WEEK)
    assert told == [("dormant", NOON)]


def test_a_change_of_plan_is_told_in_its_place() -> None:
    told = becomes(pays="on_terms", change_at=NOON, next_due_at=NOON + WEEK)
    assert told == [("changed", NOON), ("billed", NOON + WEEK)]


@pytest.mark.parametrize("facts", [{"state": ""}, {"state": "dormant"}, {"is_paused": True, "next_due_at": NOON}])
def test_who_sleeps_or_pauses_stays_so(facts: dict[str, Any]) -> None:
    assert becomes(spell_ends_at=NOON, **facts) == []
