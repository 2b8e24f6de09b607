"""A till offers what people of its country pay with."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from resellers.models import Paid
from resellers.rules.paying import ways_at


def test_each_country_has_its_ways_and_cash_comes_first() -> None:
    taiwan, hong_kong, mainland = (
        ways_at(country="TW", currency="TWD"),
        ways_at(country="HK", currency="HKD"),
        ways_at(country="CN", currency="CNY"),
    )

    assert taiwan[:4] == ("cash", "credit", "line_pay", "jkopay")
    assert "wechat_pay" not in taiwan
    assert "octopus" in hong_kong
    assert mainland == ("cash", "wechat_pay", "alipay", "bank_card", "other")
    assert {*taiwan, *hong_kong, *mainland} == set(Paid.values)


def test_a_shop_that_names_no_country_is_where_its_money_is_from() -> None:
    assert ways_at(country="", currency="TWD") == ways_at(country="TW", currency="TWD")
    assert ways_at(country="", currency="USD") == ways_at(country="CN", currency="CNY")


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_each_way_has_a_name_of_its_own_in_every_language(language: str) -> None:
    with override(language):
        names = [str(one.label) for one in Paid]

    assert len(set(names)) == len(names), names
