"""Each charge model prices what was used, no more and no less."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.rules.rating import (
    BadPrice,
    PercentagePrice,
    Tier,
    check_price,
    check_tiers,
    graduated,
    package,
    per_unit,
    percentage,
    total,
    volume,
)

D = Decimal
TIERS = [Tier(D(5), D(10), D(100)), Tier(None, D(5), D(50))]
prices = st.decimals(0, 1000, places=8)
counts = st.decimals(0, 10_000, places=3)


@pytest.mark.parametrize(("units", "amount"), [(0, "100"), (3, "130"), (5, "150"), (8, "215")])
def test_graduated_tiers_price_each_unit_where_it_falls(units: int, amount: str) -> None:
    assert total(graduated(units=D(units), tiers=TIERS)) == D(amount)


@pytest.mark.parametrize(("units", "amount"), [(5, "125"), (10, "150"), (15, "80")])
def test_volume_prices_every_unit_by_the_tier_reached(units: int, amount: str) -> None:
    tiers = [Tier(D(10), D(5), D(100)), Tier(None, D(2), D(50))]
    assert total(volume(units=D(units), tiers=tiers)) == D(amount)


@pytest.mark.parametrize(("units", "amount"), [(3, "0"), (5, "0"), (6, "100"), (12, "100"), (15, "100"), (16, "200")])
def test_a_package_begun_is_a_package_paid_after_the_free_units(units: int, amount: str) -> None:
    assert total(package(units=D(units), size=D(10), price=D(100), free_units=D(5))) == D(amount)


def test_the_event_that_crosses_the_free_total_pays_on_its_excess_and_then_nothing_is_free() -> None:
    price = PercentagePrice(rate=D(1), fixed=D(5), free_events=3, free_total=D(15))
    paid = [total(percentage(values=[D(10)] * n, price=price)) for n in (1, 2, 3)]
    assert paid == [D(0), D("5.05"), D("10.15")]


def test_an_event_costs_at_least_and_at_most_what_the_price_says() -> None:
    price = PercentagePrice(rate=D(10), min_per_event=D(2), max_per_event=D(20))
    assert [total(percentage(values=[D(v)], price=price)) for v in (1, 100, 1000)] == [D(2), D(10), D(20)]


@given(units=counts, bounds=st.lists(st.integers(1, 5000), min_size=0, max_size=5, unique=True), price=prices)
def test_tiers_of_one_price_are_as_one_price(units: Decimal, bounds: list[int], price: Decimal) -> None:
    tiers = [Tier(D(bound), price) for bound in sorted(bounds)] + [Tier(None, price)]
    flat_price = total(per_unit(units=units, price=price))
    assert total(graduated(units=units, tiers=tiers)) == flat_price == total(volume(units=units, tiers=tiers))


@given(units=counts, more=counts, price=prices)
def test_graduated_never_costs_less_for_more(units: Decimal, more: Decimal, price: Decimal) -> None:
    tiers = [Tier(D(100), price), Tier(None, price / 2 if price else price)]
    assert total(graduated(units=units + more, tiers=tiers)) >= total(graduated(units=units, tiers=tiers))


@given(units=counts)
def test_the_units_of_the_steps_are_the_units(units: Decimal) -> None:
    assert sum(step.units for step in graduated(units=units, tiers=TIERS)) == units


@pytest.mark.parametrize(
    "tiers",
    [
        [],
        [Tier(D(5), D(1))],
        [Tier(D(5), D(1)), Tier(D(5), D(1)), Tier(None, D(1))],
        [Tier(D(5), D(1)), Tier(D(3), D(1)), Tier(None, D(1))],
        [Tier(None, D(1)), Tier(None, D(1))],
        [Tier(D(0), D(1)), Tier(None, D(1))],
    ],
)
def test_tiers_that_overlap_or_leave_a_gap_are_refused(tiers: list[Tier]) -> None:
    with pytest.raises(BadPrice):
        check_tiers(tiers)


@pytest.mark.parametrize("price", ["NaN", "Infinity", "0.123456789", "1e-9"])
def test_what_is_no_price_is_refused(price: str) -> None:
    with pytest.raises(BadPrice):
        check_price(D(price))
