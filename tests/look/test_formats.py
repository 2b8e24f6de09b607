"""How lists, shares and months are written in each language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

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
