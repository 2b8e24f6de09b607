"""Reminders before a paid term ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from plans.rules.reminders import next_reminder, reminder_due, reminders

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_END = datetime(2027, 1, 1, tzinfo=UTC)
MONTH_END = datetime(2026, 2, 1, tzinfo=UTC)


def test_a_year_is_announced_three_times_and_a_month_twice() -> None:
    assert list(reminders(starts_at=START, ends_at=YEAR_END)) == [30, 7, 1]
    assert list(reminders(starts_at=START, ends_at=MONTH_END)) == [7, 1]
    assert reminders(starts_at=START, ends_at=START + timedelta(days=2)) == {}


def test_a_run_that_comes_late_sends_only_what_is_still_true() -> None:
    def due(at: datetime) -> int | None:
        return reminder_due(starts_at=START, ends_at=YEAR_END, at=at)

    assert due(datetime(2026, 12, 1, tzinfo=UTC)) is None
    assert due(datetime(2026, 12, 2, tzinfo=UTC)) == 30
    assert due(datetime(2026, 12, 31, 12, tzinfo=UTC)) == 1
    assert due(YEAR_END) is None


def test_the_next_reminder_is_scheduled_work() -> None:
    after_first = next_reminder(starts_at=START, ends_at=YEAR_END, after=datetime(2026, 12, 2, tzinfo=UTC))

    assert after_first == datetime(2026, 12, 25, tzinfo=UTC)
    assert next_reminder(starts_at=START, ends_at=YEAR_END, after=datetime(2026, 12, 31, tzinfo=UTC)) is None
