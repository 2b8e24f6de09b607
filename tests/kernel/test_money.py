"""Money never leaks a unit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.kernel.money import (
    CurrencyMismatch,
    Money,
    allocate,
    exact_minor,
    round_half_away,
    round_to_minor,
    to_decimal,
)


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_the_parts_of_a_split_always_sum_to_the_whole(minor: int, weights: list[int]) -> None:
    assert sum(allocate(minor=minor, weights=weights)) == minor


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_no_part_is_a_unit_away_from_its_exact_share(minor: int, weights: list[int]) -> None:
    for part, weight in zip(allocate(minor=minor, weights=weights), weights, strict=True):
        assert abs(part - Fraction(minor * weight, sum(weights))) < 1


def test_a_hundred_over_three_gives_the_odd_unit_to_the_first_and_its_mirror_too() -> None:
    assert allocate(minor=100, weights=[1, 1, 1]) == [34, 33, 33]
    assert allocate(minor=-100, weights=[1, 1, 1]) == [-34, -33, -33]


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_mirrors_and_is_nearest(numerator: int, denominator: int) -> None:
    rounded = round_half_away(numerator=numerator, denominator=denominator)
    assert rounded == -round_half_away(numerator=-numerator, denominator=denominator)
    assert abs(Fraction(numerator, denominator) - rounded) <= Fraction(1, 2)


def test_a_tie_goes_away_from_zero() -> None:
    assert [round_half_away(numerator=n, denominator=2) for n in (-3, -1, 1, 3)] == [-2, -1, 1, 2]


def test_each_currency_has_its_own_minor_unit() -> None:
    assert round_to_minor(amount=Decimal("1234.5"), currency="JPY") == 1235
    assert exact_minor(amount=Decimal("1.234"), currency="KWD") == 1234
    assert to_decimal(minor=12345, currency="CNY") == Decimal("123.45")


def test_an_amount_with_too_many_places_is_not_taken_quietly() -> None:
    with pytest.raises(ValueError, match="more decimal places"):
        exact_minor(amount=Decimal("0.001"), currency="CNY")


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "CNY") + Money(1, "TWD")
