"""A story is read strictly: what it means is certain, or it is refused with its line and what would be right."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.rules.calendar import Interval
from plans.rules.story import StoryTrouble, read_story

STORIES = sorted((Path(__file__).parents[2] / "stories").glob("*.yaml"))

GOOD = """\
story: A team grows
timezone: Asia/Shanghai
currency: CNY
tax: {rate: "6", inclusive: true}
meters:
  seats: {aggregate: unique, property: user, carries_over: true}
plans:
  team:
    interval: 18 months
    anchor: 31
    bill: in_advance
    price: "100.00"
    charges:
      - {code: seat, model: graduated, meter: seats, tiers: [{up_to: 5, unit: "1"}, {unit: "0.5", flat: "2"}]}
steps:
  - {at: 2026-01-15, do: subscribe, plan: team, pays: prepaid}
  - {at: 2026-01-20T09:30, do: add, meter: seats, item: no}
  - {at: 2026-01-20T01:30:00Z, do: bill}
expect:
  - {at: 2026-01-15, nothing: true}
  - {at: 2026-01-20T09:30, access: trial}
"""


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_every_sample_is_read(path: Path) -> None:
    story = read_story(path.read_text(encoding="utf-8"))
    assert story.steps
    assert story.expect


def test_there_are_samples() -> None:
    assert len(STORIES) >= 40


def test_what_is_read_is_typed_and_nothing_is_guessed() -> None:
    story = read_story(GOOD)
    team = story.plans["team"]
    assert (story.tax_rate, story.is_tax_inclusive) == (Decimal(6), True)
    assert (team.interval, team.anchor) == (Interval(months=18), 31)
    assert [charge.code for charge in team.charges] == ["base", "seat"]
    assert story.steps[0].at == datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of the day in Shanghai
    assert story.steps[1].at == story.steps[2].at == datetime(2026, 1, 20, 1, 30, tzinfo=UTC)
    assert story.steps[1].facts["item"] == "no"  # text, not false


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ("currency: CNY", "currency: CNY\ncolour: red", 4, "“colour” is not known here"),
        ("currency: CNY\n", "", 1, "“currency” is missing"),
        ("Asia/Shanghai", "Mars/Olympus", 2, "no time zone"),
        ("do: bill", "do: bil", 18, "“bil” is not one of"),
        ("do: subscribe, plan: team", "do: subscribe, plan: taem", 16, "there is no plan “taem”; known are team"),
        ("do: add, meter: seats", "do: add, meter: seat", 17, "there is no meter “seat”"),
        ("2026-01-15, do", "2026-02-30, do", 16, "no such day"),
        ("2026-01-15, do", "2026-01-25, do", 17, "before the one above"),
        ("2026-01-15, nothing", "2026-01-16, nothing", 20, "no step happens at this instant"),
        ('price: "100.00"', 'price: "-1"', 12, "may not be negative"),
        ('price: "100.00"', 'price: "1e2"', 12, "without an exponent"),
        ('price: "100.00"', 'price: "0.123456789"', 12, "at most 8 decimals"),
        ("up_to: 5", "up_to: 0", 14, "must end above 0"),
        (', {unit: "0.5", flat: "2"}', "", 14, "no upper limit"),
        ("anchor: 31", "anchor: 32", 10, "no anchor"),
        ("18 months", "a fortnight", 9, "no interval"),
        ("pays: prepaid", "pays: prepaid, pays: automatic", 16, "stands here twice"),
        ("steps:", "steps: [", 16, "not YAML"),
        ("inclusive: true", "inclusive: yes", 4, "write true or false"),
        ("item: no", "item: no, value: 3", 17, "either an item or a value"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(was: str, becomes: str, line: int, says: str) -> None:
    assert was in GOOD
    with pytest.raises(StoryTrouble) as trouble:
        read_story(GOOD.replace(was, becomes, 1))
    assert says in trouble.value.text
    assert trouble.value.line == line


def test_a_local_time_that_daylight_saving_leaves_out_is_refused() -> None:
    text = GOOD.replace("Asia/Shanghai", "Europe/Paris").replace("2026-01-20T09:30, do", "2026-03-29T02:30, do")
    with pytest.raises(StoryTrouble, match="daylight saving"):
        read_story(text)


@given(st.text(max_size=400))
def test_nonsense_is_refused_and_never_breaks(text: str) -> None:
    with pytest.raises(StoryTrouble):
        read_story(text)


def test_a_key_is_a_word() -> None:
    with pytest.raises(StoryTrouble, match="a key is a word"):
        read_story("plans: {[a, b]: c}")


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 30))
def test_a_story_with_a_hole_is_read_or_refused(start: int, length: int) -> None:
    text = GOOD[:start] + GOOD[start + length :]
    with contextlib.suppress(StoryTrouble):
        assert read_story(text).steps
