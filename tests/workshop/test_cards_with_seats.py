"""Renewal cards that pay for seats beside their time: stories that are played as an operator would play them."""

from __future__ import annotations

import pytest

from plans.rules.story import read_story
from provider.workshop.stories.player import play

pytestmark = pytest.mark.django_db

STAGE = """\
timezone: UTC
currency: EUR
meters:
  seats: {aggregate: unique, property: user, carries_over: true}
plans:
  standard:
    interval: month
    anchor: anniversary
    bill: in_advance
    price: "30.00"
    charges: [{code: seat, model: per_unit, meter: seats, price: "31", %s}]
"""
WITH_THREE = """\
steps:
  - {at: 2026-01-01, do: subscribe, plan: standard, pays: prepaid}
  - {at: 2026-01-01T09:00, do: redeem, card: {months: 1, seats: 3, plan: standard, face: "90.00"}}
"""
IN_ADVANCE = "bill: in_advance, prorate: true"
IN_ARREARS = "bill: in_arrears, prorate: true"
WHOLE = "bill: in_arrears"


def seats(count: int, *, at: str) -> str:
    return "\n".join(f"  - {{at: {at}, do: add, meter: seats, item: p{n}}}" for n in range(count))


def check(steps: str, *, billed: str) -> None:
    """`steps` go as they expect where seats are billed so."""
    played = play(read_story("story: Seats of cards\n" + STAGE % billed + steps))
    assert [str(one) for one in played.differences] == []


def test_as_many_seats_as_the_card_has_cost_nothing() -> None:
    rest = f"""{seats(3, at="2026-01-01T10:00")}
  - {{at: 2026-02-01, do: bill}}
expect:
  - {{at: 2026-01-01T10:00, nothing: true}}
  - {{at: 2026-02-01, nothing: true}}
  - {{at: 2026-02-01, paid_until: 2026-02-01, access: grace}}"""
    for timing in (IN_ADVANCE, IN_ARREARS, WHOLE):
        check(WITH_THREE + rest, billed=timing)


def test_those_beyond_the_card_are_billed_as_always() -> None:
    rest = f"""{seats(5, at="2026-01-01T10:00")}
  - {{at: 2026-02-01, do: bill}}
expect:
  - {{at: 2026-01-01T10:00, invoice: 1, total: "31.00", lines: [{{charge: seat, units: "1", amount: "31.00"}}]}}
  - {{at: 2026-01-01T10:00, invoice: 2, total: "31.00"}}
  - {{at: 2026-02-01, nothing: true}}"""
    check(WITH_THREE + rest, billed=IN_ADVANCE)

    for timing in (IN_ARREARS, WHOLE):
        rest = f"""{seats(5, at="2026-01-01T10:00")}
  - {{at: 2026-02-01, do: bill}}
expect:
  - {{at: 2026-02-01, invoice: 1, total: "62.00", lines: [{{charge: seat, units: "2", amount: "62.00"}}]}}"""
        check(WITH_THREE + rest, billed=timing)


def test_each_of_several_cards_has_its_own_seats() -> None:
    """The first month with three, the next with one, the third with none."""
    rest = f"""  - {{at: 2026-01-01T09:30, do: redeem, card: {{months: 1, seats: 1, plan: standard, face: "60.00"}}}}
  - {{at: 2026-01-01T09:40, do: redeem, card: {{months: 1, plan: standard, face: "30.00"}}}}
{seats(3, at="2026-01-01T10:00")}
  - {{at: 2026-02-01, do: bill}}
  - {{at: 2026-03-01, do: bill}}
expect:
  - {{at: 2026-01-01T10:00, nothing: true}}
  - {{at: 2026-02-01, invoice: 1, total: "62.00"}}
  - {{at: 2026-03-01, invoice: 2, total: "93.00", lines: [{{charge: seat, units: "3", amount: "93.00"}}]}}"""
    check(WITH_THREE + rest, billed=IN_ADVANCE)


AHEAD = """\
steps:
  - {at: 2026-01-01, do: subscribe, plan: standard, pays: prepaid}
  - {at: 2026-01-01T09:00, do: redeem, card: {days: 40, plan: standard, face: "40.00"}}
  - {at: 2026-01-01T10:00, do: add, meter: seats, item: ann}
  - {at: 2026-02-01, do: bill}
  - {at: 2026-02-03, do: redeem, card: {days: 18, seats: 1, plan: standard, face: "40.00"}}
  - {at: 2026-02-05, do: add, meter: seats, item: bo}
  - {at: 2026-02-10, do: bill}
  - {at: 2026-02-20, do: add, meter: seats, item: cy}
  - {at: 2026-02-28, do: bill}
expect:
  - {at: 2026-01-01T10:00, invoice: 1, total: "31.00"}
  - {at: 2026-02-01, invoice: 2, total: "31.00", lines: [{charge: seat, to: 2026-03-01}]}
  - {at: 2026-02-03, credit_note: 1, of: 2, total: "21.04"}
  - {at: 2026-02-03, paid_until: 2026-02-28}
  - {at: 2026-02-05, invoice: 3, total: "5.54", lines: [{charge: seat, to: 2026-02-10}]}
  - {at: 2026-02-10, invoice: 4, total: "19.93", lines: [
        {charge: seat, from: 2026-02-10, to: 2026-02-28, units: "1", amount: "19.93"}]}
  - {at: 2026-02-20, invoice: 5, total: "8.86", lines: [{charge: seat, to: 2026-02-28}]}
  - {at: 2026-02-28, nothing: true}
  - {at: 2026-02-28, access: grace}
"""


def test_what_was_billed_for_the_days_of_the_card_is_given_back() -> None:
    """The first card ends on 10 February, and February's seat was billed on the 1st: its last 19 days come back."""
    check(AHEAD, billed=IN_ADVANCE)


CONVERTED = """\
  other: {interval: month, anchor: anniversary, bill: in_advance, price: "60.00"}
steps:
  - {at: 2026-01-01, do: subscribe, plan: standard, pays: prepaid}
  - {at: 2026-01-01T09:00, do: redeem, card: {months: 1, seats: 3, plan: other, face: "60.00"}}
  - {at: 2026-01-01T10:00, do: add, meter: seats, item: ann}
  - {at: 2026-02-01, do: bill}
expect:
  - {at: 2026-01-01T09:00, paid_until: 2026-03-01}
  - {at: 2026-02-01, invoice: 1, total: "31.00", lines: [{charge: seat, units: "1", amount: "31.00"}]}
"""


def test_a_card_that_is_converted_brings_no_seats() -> None:
    check(CONVERTED, billed=IN_ARREARS)
