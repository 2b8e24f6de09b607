"""Days left are the reader's days, the last one included."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_tenant.rules.notices import notice

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 10, 12, tzinfo=ZONE)
MIDNIGHT = datetime(2026, 3, 11, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("until", "days"),
    [(MIDNIGHT, 1), (MIDNIGHT + timedelta(minutes=1), 2), (MIDNIGHT + timedelta(days=13), 14)],
)
def test_midnight_ends_the_day_before(until: datetime, days: int) -> None:
    told = notice(state="trial", until=until, at=NOON, zone=ZONE)
    by_itself = notice(state="trial", until=until, pays="on_terms", at=NOON, zone=ZONE)
    assert by_itself is not None
    assert by_itself.goes_on
    assert told is not None
    assert (told.days_left, told.is_urgent) == (days, days <= 3)


def test_a_trial_that_is_paid_for_already_goes_on_by_itself() -> None:
    year = MIDNIGHT + timedelta(days=365)
    told = notice(state="trial", until=MIDNIGHT, pays="prepaid", paid_until=year, at=NOON, zone=ZONE)
    unpaid = notice(state="trial", until=MIDNIGHT, pays="prepaid", paid_until=MIDNIGHT, at=NOON, zone=ZONE)
    assert told is not None
    assert (told.goes_on, told.is_urgent, told.paid_until) == (True, False, year)
    assert unpaid is not None
    assert (unpaid.goes_on, unpaid.paid_until) == (False, None)


def test_what_is_paid_is_told_of_in_its_last_week_only() -> None:
    for days, is_told in ((7, True), (8, False)):
        until = MIDNIGHT + timedelta(days=days - 1)
        assert (notice(state="active", until=until, at=NOON, zone=ZONE) is not None) == is_told


@pytest.mark.parametrize(("state", "until"), [("active", None), ("dormant", MIDNIGHT), ("trial", NOON), ("", None)])
def test_otherwise_nothing_is_said(state: str, until: datetime | None) -> None:
    assert notice(state=state, until=until, at=NOON, zone=ZONE) is None
