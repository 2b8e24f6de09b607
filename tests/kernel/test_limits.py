"""So many tries in so many seconds, on the real Valkey."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from provider.kernel import limits
from provider.kernel.errors import TooMany
from provider.kernel.ids import new_id
from tests.racing import race

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _hit(key: object, *, seconds: float = 0) -> limits.Budget:
    return limits.hit(name="tests", key=key, allowed=3, per_seconds=60, at=AT + timedelta(seconds=seconds))


def test_the_fourth_try_is_told_how_long_to_wait_and_then_gets_through() -> None:
    key = new_id()
    assert [_hit(key, seconds=second).left for second in (0, 10, 20)] == [2, 1, 0]

    with pytest.raises(TooMany) as refused:
        _hit(key, seconds=30)
    assert refused.value.facts["seconds"] == 30
    with pytest.raises(TooMany):
        _hit(key, seconds=59.9)
    assert _hit(key, seconds=60).left == 0  # one slid out of the window, one came in
    with pytest.raises(TooMany) as refused:
        _hit(key, seconds=61)
    assert refused.value.facts["seconds"] == 9


def test_no_window_of_a_minute_ever_holds_more_than_allowed() -> None:
    key, let_in = new_id(), []
    for second in range(0, 300, 7):
        try:
            _hit(key, seconds=second)
            let_in.append(second)
        except TooMany:
            continue
    assert max(sum(start <= second < start + 60 for second in let_in) for start in range(300)) == 3


def test_each_key_and_each_limit_counts_by_itself() -> None:
    key = new_id()
    for _ in range(3):
        _hit(key)
    _hit(new_id())
    limits.hit(name="tests other", key=key, allowed=1, per_seconds=60)


def test_a_success_begins_anew() -> None:
    key = new_id()
    for _ in range(3):
        _hit(key)
    limits.forget(name="tests", key=key)
    assert _hit(key).left == 2


@pytest.mark.races
def test_many_at_once_get_exactly_what_is_allowed() -> None:
    key, let_in = new_id(), []

    def try_often() -> None:
        for _ in range(10):
            try:
                limits.hit(name="tests", key=key, allowed=7, per_seconds=60)
                let_in.append(1)
            except TooMany:
                continue

    race(*[try_often] * 4)
    assert len(let_in) == 7


@override_settings(REDIS_URL="unix:///nonexistent/valkey.sock")
def test_without_valkey_the_caller_has_said_what_happens() -> None:
    assert limits.hit(name="tests", key=1, allowed=1, per_seconds=60, when_down="allow").left == 1
    with pytest.raises(limits.LimitUnknown) as refused:
        limits.hit(name="tests", key=1, allowed=1, per_seconds=60, when_down="refuse")
    assert refused.value.status == 503
    limits.forget(name="tests", key=1)
