"""Quotes: the rules of STORIES.md, with the figures of its stories."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from plans.rules.calendar import Interval
from prepaid_cards.rules.quotes import Grant, NotConvertible, Standing, later, quote

MONTH = Interval(months=1)


def standing(today: str, **facts: Any) -> Standing:
    """An account on the plan "standard" at 98.00 a month, anchored on the first, unless said otherwise."""
    given: dict[str, Any] = {
        "plan": "standard", "interval": MONTH, "period_price_minor": 9800, "currency": "CNY", "anchor_day": 1,
    }  # fmt: skip
    dates = {name: date.fromisoformat(text) if text else None for name, text in facts.items() if name.endswith("until")}
    return Standing(today=date.fromisoformat(today), **(given | facts | dates))


def card(months: int = 0, *, face: int = 98000, plan: str = "standard", **facts: Any) -> Grant:
    return Grant(plan=plan, months=months, face_minor=face, currency=facts.pop("currency", "CNY"), **facts)


def test_in_the_trial_the_term_begins_when_the_trial_would_have_ended() -> None:
    promised = quote(standing=standing("2026-01-20", trial_until="2026-01-24", anchor_day=10), grant=card(12))

    assert promised.beginning == "trial_end"
    assert promised.begins_on == date(2026, 1, 24)
    assert promised.ends_on == date(2027, 1, 24)
    assert promised.anchor_day == 24


def test_before_the_paid_end_the_term_begins_there() -> None:
    promised = quote(standing=standing("2026-12-01", paid_until="2027-01-24", anchor_day=24), grant=card(6))

    assert promised.ends_on == date(2027, 7, 24)
    assert promised.kept_days == 54


def test_after_a_lapse_the_day_of_redemption_is_the_new_anchor() -> None:
    promised = quote(standing=standing("2026-03-20", paid_until="2026-03-10", anchor_day=10), grant=card(1))

    assert promised.beginning == "today"
    assert promised.ends_on == date(2026, 4, 20)
    assert promised.anchor_day == 20


def test_cards_stack_along_the_month_ends_and_never_drift() -> None:
    ends = []
    paid_until = ""
    for today in ("2027-12-31", "2028-01-02", "2028-01-03", "2028-01-04"):
        promised = quote(standing=standing(today, paid_until=paid_until, anchor_day=31), grant=card(1))
        ends.append(promised.ends_on.isoformat())
        paid_until = promised.ends_on.isoformat()

    assert ends == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]


def test_a_card_of_another_plan_is_converted_by_value() -> None:
    mine = standing("2026-01-15", paid_until="2026-02-01", plan="pro", period_price_minor=2000)

    promised = quote(standing=mine, grant=card(10, face=11000))

    assert promised.is_converted
    assert (promised.months, promised.days) == (5, 16)
    assert promised.ends_on == date(2026, 7, 17)


def test_a_converted_card_that_buys_whole_periods_leaves_no_days() -> None:
    mine = standing("2026-01-15", paid_until="2026-02-01", plan="pro", period_price_minor=2000)

    assert quote(standing=mine, grant=card(10, face=10000)).ends_on == date(2026, 7, 1)


def test_a_small_card_on_a_dear_yearly_plan_buys_days() -> None:
    mine = standing(
        "2026-01-01", plan="pro", interval=Interval(months=12), period_price_minor=365_00
    )  # fmt: skip

    promised = quote(standing=mine, grant=card(1, face=100))

    assert promised.days == 1
    assert promised.ends_on == date(2026, 1, 2)


@pytest.mark.parametrize("facts", [{"currency": "TWD"}, {"face": 0}])
def test_what_cannot_be_converted_is_said(facts: dict[str, Any]) -> None:
    with pytest.raises(NotConvertible):
        quote(standing=standing("2026-01-15", plan="pro"), grant=card(1, **facts))


def test_a_plan_that_costs_nothing_cannot_be_bought_by_value() -> None:
    with pytest.raises(NotConvertible):
        quote(standing=standing("2026-01-15", plan="free", period_price_minor=0), grant=card(1))


def test_a_bonus_comes_after_the_card_on_the_same_anchor() -> None:
    promised = quote(
        standing=standing("2026-11-23", paid_until="2026-12-03", anchor_day=3),
        grant=card(12, face=59800, bonus_months=1),
    )

    assert promised.ends_on == date(2028, 1, 3)
    assert promised.per_month_minor == 4600


def test_days_are_counted_not_made_months() -> None:
    promised = quote(standing=standing("2026-01-31"), grant=card(0, days=30, face=9800))

    assert promised.ends_on == date(2026, 3, 2)
    assert promised.per_month_minor == 9800


def test_an_end_that_is_off_the_anchor_keeps_its_own_day() -> None:
    assert later(day=date(2026, 7, 17), months=1, days=0, anchor_day=1) == date(2026, 8, 17)
    assert later(day=date(2026, 4, 30), months=1, days=0, anchor_day=31) == date(2026, 5, 31)
    assert later(day=date(2026, 4, 29), months=1, days=0, anchor_day=31) == date(2026, 5, 29)
