"""How lists, shares and months are written in each language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from provider.kernel.money import Money
from provider.kernel.sentences import Exact, UnitPrice
from provider.look import formats


@pytest.mark.parametrize(
    ("language", "listed", "month"),
    [
        ("en", "CNY, TWD, HKD", "October 2026"),
        ("zh-hans", "CNY、TWD、HKD", "2026年10月"),
        ("zh-hant", "CNY、TWD、HKD", "2026年10月"),
    ],
)
def test_a_list_and_a_month_are_written_as_the_reader_writes_them(language: str, listed: str, month: str) -> None:
    assert formats.listed(["CNY", "TWD", "HKD"], language=language) == listed
    assert formats.day(date(2026, 10, 31), language=language, style="month") == month


def test_a_remark_stands_in_the_brackets_of_its_language() -> None:
    assert "Owed" + formats.bracketed("CNY", language="en") == "Owed (CNY)"
    assert "欠额" + formats.bracketed("人民币", language="zh-hans") == "欠额（人民币）"


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_a_share_has_no_blank_before_its_sign(language: str) -> None:
    assert formats.percent(Decimal("0.062"), language=language, places=1) == "6.2%"
    assert formats.percents(Decimal("20.00").normalize(), language=language) == "20%"
    assert formats.percents(6, language=language) == "6%"


@pytest.mark.parametrize(
    ("currency", "whole", "with_cents"),
    [
        ("TWD", "NT$599", "NT$169.60"),
        ("CNY", "599.00 元", "169.60 元"),
        ("HKD", "HK$599.00", "HK$169.60"),
    ],
)
def test_an_amount_has_cents_where_the_currency_is_used_with_cents_or_it_really_has_some(
    currency: str, whole: str, with_cents: str
) -> None:
    assert formats.money(Money(59900, currency), language="zh-hant") == whole
    assert formats.money(Money(16960, currency), language="zh-hant") == with_cents


def test_a_price_of_one_unit_and_an_exact_amount_follow_the_same_rule() -> None:
    assert formats.unit_price(UnitPrice(Decimal("599.00"), "TWD"), language="en") == "599"
    assert formats.unit_price(UnitPrice(Decimal("0.8"), "TWD"), language="en") == "0.80"
    assert formats.unit_price(UnitPrice(Decimal("0.065"), "CNY"), language="en") == "0.065"
    assert formats.unit_price(UnitPrice(Decimal("599"), "CNY"), language="en") == "599.00"
    assert formats.exact(Exact(Fraction(599), "TWD"), language="en") == "599"
    assert formats.exact(Exact(Fraction(1, 3), "TWD"), language="en") == "0.333333…"
