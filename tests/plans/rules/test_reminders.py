"""Reminders before paid time, a trial and grace end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from plans.rules.reminders import Ending, Kind, next_reminder, reminder_due, reminders

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_END = datetime(2027, 1, 1, tzinfo=UTC)


def ending(kind: Kind, *, days: int) -> Ending:
    return Ending(kind=kind, starts_at=START, ends_at=START + timedelta(days=days))


def days_of(one: Ending) -> list[int]:
    return [(reminder.at - START).days for reminder in reminders(one)]


def test_a_year_is_announced_three_times_and_a_month_twice() -> None:
    assert days_of(ending("paid", days=365)) == [335, 358, 364]
    assert days_of(ending("paid", days=31)) == [24, 30]
    assert days_of(ending("paid", days=2)) == []


def test_a_trial_is_announced_twice_and_a_short_one_on_its_last_day_alone() -> None:
    assert days_of(ending("trial", days=14)) == [11, 13]
    assert days_of(ending("trial", days=5)) == [4]


def test_grace_is_announced_when_it_begins_and_on_its_last_day() -> None:
    assert days_of(ending("grace", days=7)) == [0, 6]
    assert days_of(ending("grace", days=2)) == [0, 1]
    assert days_of(ending("grace", days=1)) == [0]


def test_a_grace_that_is_made_longer_has_another_last_day_but_no_second_beginning() -> None:
    marks = [{one.mark for one in reminders(ending("grace", days=days))} for days in (7, 10)]
    assert len(marks[0] & marks[1]) == 1
    assert len(marks[0] | marks[1]) == 3


def test_a_run_that_comes_late_sends_only_what_is_still_true() -> None:
    year = ending("paid", days=365)

    def due(at: datetime) -> str | None:
        found = reminder_due(year, at=at)
        return found.mark.split()[-1] if found else None

    assert due(datetime(2026, 12, 1, tzinfo=UTC)) is None
    assert due(datetime(2026, 12, 2, tzinfo=UTC)) == "30"
    assert due(datetime(2026, 12, 27, tzinfo=UTC)) == "7"
    assert due(datetime(2026, 12, 31, 12, tzinfo=UTC)) == "1"
    assert due(YEAR_END) is None


def test_the_next_reminder_is_scheduled_work() -> None:
    year = ending("paid", days=365)

    assert next_reminder(year, after=datetime(2026, 12, 2, tzinfo=UTC)) == datetime(2026, 12, 25, tzinfo=UTC)
    assert next_reminder(year, after=datetime(2026, 12, 31, tzinfo=UTC)) is None
