"""Lines, coupons, tax, credit and balances add up, unit by unit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.rules.totals import (
    Breadth,
    Charged,
    Coupon,
    CreditLine,
    Line,
    Lot,
    Taken,
    add_tax,
    credit_amount,
    credit_unused,
    take_coupons,
    use_balances,
    use_credits,
)

D = Decimal
NONE, TEN, TWENTY = D(0), D(10), D(20)


def labelled(amount: int, *labels: str, rate: Decimal = NONE) -> Line:
    return Line(amount_minor=amount, tax_rate=rate, labels=frozenset(labels))


def test_three_coupons_of_different_breadth_on_two_subscriptions() -> None:
    rates = [TEN, TWENTY, TEN, TEN] * 2
    lines = [
        labelled(1000 * (i % 4 + 1), f"meter:bm{i + 1}", "plan:first" if i < 4 else "plan:second", rate=rates[i])
        for i in range(8)
    ]
    coupons = [
        Coupon(breadth=Breadth.ALL, age=3, amount_minor=500),
        Coupon(breadth=Breadth.PLANS, age=2, amount_minor=1000, labels=frozenset({"plan:second"})),
        Coupon(breadth=Breadth.CHARGES, age=1, amount_minor=2000, labels=frozenset({"meter:bm1", "meter:bm2"})),
    ]
    discounted, taken = take_coupons(lines=lines, coupons=coupons)
    taxed, sums = add_tax(discounted)
    assert [t.index for t in taken] == [2, 1, 0]
    assert sum(line.discount_minor for line in taxed) == 3500
    assert [s.tax_minor for s in sums] == [1411, 479]
    assert sum(line.gross_minor for line in taxed) == 18390


def test_a_coupon_takes_no_more_than_is_there_and_only_from_its_lines() -> None:
    lines = [labelled(700, "charge:seat"), labelled(900, "charge:base")]
    coupon = Coupon(breadth=Breadth.CHARGES, age=1, amount_minor=1000, labels=frozenset({"charge:seat"}))
    discounted, taken = take_coupons(lines=lines, coupons=[coupon])
    assert [line.discount_minor for line in discounted] == [700, 0]
    assert taken == [Taken(index=0, amount_minor=700)]


def test_a_coupon_that_finds_nothing_is_not_used_up() -> None:
    coupon = Coupon(breadth=Breadth.PLANS, age=1, percent=TEN, labels=frozenset({"plan:other"}))
    assert take_coupons(lines=[labelled(700, "plan:team")], coupons=[coupon])[1] == []


def test_tax_is_rounded_once_per_rate_and_its_lines_add_up() -> None:
    lines, sums = add_tax([Line(amount_minor=333, tax_rate=D(6)) for _ in range(3)])
    assert [s.tax_minor for s in sums] == [60]  # 59.94; line by line it would be 3 x 20 = 60 or 3 x 19.98
    assert sum(line.tax_minor for line in lines) == 60


def test_an_inclusive_price_contains_its_tax() -> None:
    lines, sums = add_tax([Line(amount_minor=10600, tax_rate=D(6), is_tax_inclusive=True)])
    assert (sums[0].tax_minor, lines[0].gross_minor) == (600, 10600)


minor = st.integers(0, 10**7)
rates = st.sampled_from([D(0), D(5), D(6), D("8.875"), D(10), D(20)])
some_lines = st.lists(st.builds(Line, amount_minor=minor, tax_rate=rates, is_tax_inclusive=st.booleans()), max_size=12)
some_coupons = st.lists(
    st.one_of(
        st.builds(
            Coupon, breadth=st.sampled_from(Breadth), age=st.integers(0, 9), percent=st.decimals(0, 100, places=2)
        ),
        st.builds(Coupon, breadth=st.sampled_from(Breadth), age=st.integers(0, 9), amount_minor=minor),
    ),
    max_size=5,
)


@given(lines=some_lines, coupons=some_coupons)
def test_coupons_never_take_more_than_a_line_has_and_sum_exactly(lines: list[Line], coupons: list[Coupon]) -> None:
    discounted, taken = take_coupons(lines=lines, coupons=coupons)
    assert all(0 <= line.discount_minor <= line.amount_minor for line in discounted)
    assert sum(line.discount_minor for line in discounted) == sum(t.amount_minor for t in taken)


@given(lines=some_lines, coupons=some_coupons)
def test_the_tax_of_the_lines_is_the_tax_of_the_invoice(lines: list[Line], coupons: list[Coupon]) -> None:
    taxed, sums = add_tax(take_coupons(lines=lines, coupons=coupons)[0])
    assert sum(line.tax_minor for line in taxed) == sum(s.tax_minor for s in sums)


def test_credit_is_used_oldest_first_and_never_beyond_what_is_due() -> None:
    assert use_credits(due_minor=100, left_minor=[30, 0, 50, 50]) == [Taken(0, 30), Taken(2, 50), Taken(3, 20)]
    assert use_credits(due_minor=0, left_minor=[30]) == []


def test_balances_go_by_priority_then_age_and_keep_to_their_lines() -> None:
    lines = [labelled(1500, "charge:call")]
    calls = frozenset({"charge:call"})
    lots = [Lot(1000, 50, 0), Lot(1000, 49, 1), Lot(1000, 50, 2, calls), Lot(1000, 49, 3, calls)]
    assert use_balances(due_minor=1500, lines=lines, lots=lots) == [Taken(1, 1000), Taken(3, 500)]


def test_a_limited_balance_pays_its_lines_with_their_tax_and_no_others() -> None:
    lines, _ = add_tax([labelled(1429, "meter:count", rate=D(24)), labelled(1000, "meter:other")])
    lots = [Lot(3900, 1, 0, frozenset({"meter:count"}))]
    assert use_balances(due_minor=2772, lines=lines, lots=lots) == [Taken(0, 1772)]


def test_unused_days_are_credited_from_what_was_charged() -> None:
    line = Line(amount_minor=10000, tax_rate=D(6), tax_minor=600)
    credit = credit_unused(charged=Charged(line), unused_days=10, days=31)
    assert (credit.amount_minor, credit.tax_minor) == (3226, 194)


def test_a_credit_after_a_coupon_gives_back_the_discounted_part() -> None:
    line = Line(amount_minor=39900, tax_rate=TWENTY, discount_minor=25000, tax_minor=2980)
    credit = credit_amount(charged=Charged(line), amount_minor=26260)
    assert (credit.net_minor, credit.tax_minor) == (9806, 1961)  # the exact net is 98.0640..., its tax 19.6129...


def test_more_than_is_left_of_a_line_is_refused() -> None:
    charged = Charged(Line(amount_minor=100), credited=CreditLine(60, 0, 0))
    with pytest.raises(ValueError, match="At most 40"):
        credit_amount(charged=charged, amount_minor=41)


@given(
    amount=st.integers(1, 10**6),
    percent_off=st.integers(0, 100),
    rate=rates,
    cuts=st.lists(st.integers(0, 10**6), max_size=6),
)
def test_any_number_of_credits_gives_back_exactly_the_line_and_never_more(
    amount: int, percent_off: int, rate: Decimal, cuts: list[int]
) -> None:
    plain = Line(amount_minor=amount, discount_minor=amount * percent_off // 100, tax_rate=rate)
    line = add_tax([plain])[0][0]
    charged = Charged(line)
    for cut in [*cuts, amount]:
        credit = credit_amount(charged=charged, amount_minor=min(cut, charged.left_minor))
        before = charged.credited
        charged = replace(
            charged,
            credited=CreditLine(
                before.amount_minor + credit.amount_minor,
                before.discount_minor + credit.discount_minor,
                before.tax_minor + credit.tax_minor,
            ),
        )
        assert charged.credited.tax_minor <= line.tax_minor
        assert charged.credited.discount_minor <= line.discount_minor
    assert charged.credited == CreditLine(line.amount_minor, line.discount_minor, line.tax_minor)
