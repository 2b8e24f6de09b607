"""Random years on the real tables and on paper: two engines that share only the rules make the same documents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from plans.rules.story import Story, read_story
from provider.kernel.clock import first_instant
from provider.kernel.money import to_decimal
from provider.workshop.stories.player import play
from provider.workshop.stories.telling import instant
from tests.invoices.rules.paper import Document, Paper
from tests.invoices.rules.test_billing_properties import YEAR, billed_every, years
from tests.properties import examples_on_tables

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


ANCHOR_TO_COME = """\
story: An anchor to come, and another interval before it
timezone: Asia/Shanghai
currency: CNY
plans:
  team: {interval: 3 months, anchor: calendar, bill: in_advance, price: "100.00"}
  pro: {interval: month, anchor: calendar, bill: in_advance, price: "333.33"}
steps:
  - {at: 2023-03-06, do: subscribe, plan: team}
  - {at: 2023-04-27, do: set_anchor, day: 8}
  - {at: 2023-06-13, do: change_plan, plan: pro, when: now}
  - {at: 2023-09-20, do: bill}
expect:
  - {at: 2023-09-20, nothing: true}
"""


TWO_ANCHORS_TO_COME = """\
story: Two anchors to come, the later one wished first
timezone: Asia/Shanghai
currency: CNY
plans:
  team: {interval: year, anchor: calendar, bill: in_advance, price: "400.00"}
  pro: {interval: month, anchor: calendar, bill: in_advance, price: "333.33"}
steps:
  - {at: 2023-03-30, do: subscribe, plan: team}
  - {at: 2023-04-12, do: set_anchor, day: 14}
  - {at: 2023-06-20, do: change_plan, plan: pro, when: now}
  - {at: 2023-10-24, do: set_anchor, day: 11}
  - {at: 2024-02-20, do: bill}
expect:
  - {at: 2024-02-20, nothing: true}
"""


@examples_on_tables(6)
@given(years())
def test_a_random_year_is_billed_as_on_paper(story: Story) -> None:
    story = billed_every(story, YEAR)
    paper = Paper(story).play()

    played = play(story)

    assert played.failure == ""
    assert [of_tables(document) for document in played.told.documents] == [on_paper(one, story=story) for one in paper]


def test_an_anchor_that_is_still_to_come_stays_where_the_plan_changes_before_it() -> None:
    """A quarter is to end on 1 July and begin on the 8th from then on; a plan of months takes its place in June."""
    story = read_story(ANCHOR_TO_COME)
    paper = Paper(story).play()

    played = play(story)

    assert played.failure == ""
    told = [of_tables(document) for document in played.told.documents]
    assert told == [on_paper(one, story=story) for one in paper]
    assert ("base", "2023-06-30T16:00:00Z", Decimal("77.78")) in [line for one in told for line in one[-1]]  # 7 of 30


def test_of_two_anchors_to_come_the_one_wished_last_holds_though_the_other_would_begin_later() -> None:
    """The year was to end on 1 January and begin on the 14th; from November on the 11th was wished instead."""
    story = read_story(TWO_ANCHORS_TO_COME)
    paper = Paper(story).play()

    played = play(story)

    assert played.failure == ""
    told = [of_tables(document) for document in played.told.documents]
    assert told == [on_paper(one, story=story) for one in paper]
    begun = [start for one in told if one[0] == "invoice" for _, start, _ in one[-1]]
    assert begun[-3:] == ["2023-12-10T16:00:00Z", "2024-01-10T16:00:00Z", "2024-02-10T16:00:00Z"]


def of_tables(document: dict[str, Any]) -> tuple[Any, ...]:
    lines = [(line["charge"], line["from"], Decimal(line["amount"])) for line in document["lines"]]
    applied = Decimal(document.get("credit_applied", 0))
    sums = (Decimal(document["subtotal"]), Decimal(document["tax"]), Decimal(document["total"]))
    is_note = document["kind"] == "credit_note"
    return (document["kind"], document["at"], *sums, applied, sorted(amounts(lines) if is_note else lines))


def on_paper(document: Document, *, story: Story) -> tuple[Any, ...]:
    def major(minor: int) -> Decimal:
        return to_decimal(minor=minor, currency=story.currency)

    lines = [
        (due.charge, instant(first_instant(day=due.start, zone=story.zone)), major(line.amount_minor))
        for due, line in document.lines
    ]
    sums = (major(document.subtotal), major(document.tax), major(document.total))
    is_note = document.kind == "credit_note"
    applied = major(document.credit_applied)
    return (document.kind, instant(document.at), *sums, applied, sorted(amounts(lines) if is_note else lines))


def amounts(lines: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """A credit note says which days it gives back, paper only of which line."""
    return [(charge, amount) for charge, _, amount in lines]
