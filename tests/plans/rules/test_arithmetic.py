"""A line's stored arithmetic computes the line again, and says it in words."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from plans.rules.arithmetic import Arithmetic, by_hand, of_line, read, write
from plans.rules.charging import MINIMUM, DueLine
from plans.rules.explanation import Explanation, explain
from plans.rules.rating import Step
from plans.rules.story import read_story
from plans.rules.terms import PlanTerms
from plans.rules.units import Run
from provider.look import formats
from tests.invoices.rules.paper import Paper

STORIES = [
    path
    for path in sorted((Path(__file__).parents[2] / "stories").glob("*.yaml"))
    if "do: redeem" not in path.read_text(encoding="utf-8")
]
D = Decimal


def through_json(arithmetic: Arithmetic) -> Arithmetic:
    return read(json.loads(json.dumps(write(arithmetic))))


def arithmetic_of(line: DueLine, plans: dict[str, PlanTerms], currency: str) -> Arithmetic:
    charges = {charge.code: charge for charge in plans[line.plan].charges}
    charge = None if line.charge == MINIMUM else charges[line.charge]
    return of_line(line=line, charge=charge, currency=currency)


def words(explanation: Explanation, *, language: str) -> str:
    said = [explanation.brief, explanation.rule, *explanation.levels, *(row.text for row in explanation.rows)]
    return "\n".join(formats.sentence(sentence, language=language) for sentence in [*said, explanation.rounding])


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_every_line_of_the_stories_is_computed_again_from_what_is_stored_with_it(path: Path) -> None:
    story = read_story(path.read_text(encoding="utf-8"))
    paper = Paper(story)
    paper.play()
    lines = [entry.line for sub in paper.subs.values() for entry in sub.billed]

    for line in lines:
        arithmetic = arithmetic_of(line, paper.plans, story.currency)

        assert through_json(arithmetic) == arithmetic
        assert arithmetic.amount_minor == line.amount_minor, line
        for language in ("en", "zh-hans", "zh-hant"):
            assert "%(" not in words(explain(arithmetic), language=language)
    assert lines or not paper.documents


def test_part_of_a_month_says_its_days_and_where_it_was_rounded() -> None:
    upgrade = Arithmetic(
        way="per_unit", currency="CNY", steps=(Step(D(1), D(31)),), units=D(1), days=26, whole_days=30, meter="seats"
    )

    said = explain(upgrade)

    assert upgrade.amount_minor == 2687
    assert formats.sentence(said.brief, language="en") == "1 at 31.00 for 26 of 30 days"
    assert [formats.sentence(row.text, language="en") for row in said.rows] == [
        "1 at 31.00",
        "26 of 30 days of the period: × 26/30",
    ]
    assert formats.exact(said.exact, language="en") == "26.866666…"
    assert formats.sentence(said.rounding, language="en") == "Rounded once, half away from zero"


def test_seats_counted_by_day_name_the_days_of_each_level() -> None:
    seats = Arithmetic(
        way="graduated",
        currency="CNY",
        steps=(Step(D(93), D(0)), Step(D(501), D(30)), Step(D(72), D(27))),
        units=D(24),
        whole_days=31,
        meter="seats",
        runs=(Run(date(2026, 10, 1), 13, D(18)), Run(date(2026, 10, 14), 18, D(24))),
    )

    said = words(explain(seats), language="en")

    assert seats.amount_minor == 54755
    assert "1–13 October 2026: 18" in said
    assert "14–31 October 2026: 24" in said
    assert "501 unit-days at 30.00" in said


def test_a_minimum_shows_what_was_charged_and_what_is_missing() -> None:
    minimum = Arithmetic(way="minimum", currency="CNY", steps=(Step(D(1), D(50)),), before_minor=1250)

    assert minimum.amount_minor == 3750
    assert "Charged for the period" in words(explain(minimum), language="en")
    reached = Arithmetic(way="minimum", currency="CNY", steps=(Step(D(1), D(50)),), before_minor=6000)
    assert reached.amount_minor == 0


def test_what_was_added_by_hand_is_so_many_at_a_price() -> None:
    training = by_hand(units=D("1.5"), unit=D("800"), currency="TWD")

    assert training.amount_minor == 120000
    assert formats.sentence(explain(training).brief, language="en") == "1.5 at 800"


@pytest.mark.parametrize("plain", [{}, {"v": 2, "way": "flat"}, {"v": 1, "way": "magic", "steps": []}])
def test_what_is_not_an_arithmetic_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not the arithmetic of a line"):
        read(plain)
