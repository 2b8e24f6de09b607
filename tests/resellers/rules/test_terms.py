"""Terms are judged once, and a discount is rounded once for each card."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.kernel.errors import Refusal
from resellers.rules.terms import Terms, check_terms, discount_of


def terms(**facts: object) -> Terms:
    usual = {"currency": "CNY", "discount_percent": Decimal(20), "credit_limit_minor": 0, "payment_days": 30}
    return Terms(**usual | facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("face", "percent", "expected"),
    [(59800, "20", 11960), (59800, "0", 0), (9999, "12.5", 1250), (1, "50", 1), (3, "33.33", 1), (16800, "7.25", 1218)],
)
def test_a_discount_in_cents(face: int, percent: str, expected: int) -> None:
    assert discount_of(face_minor=face, percent=Decimal(percent)) == expected


@given(st.integers(0, 10**9), st.decimals(0, Decimal("99.99"), places=2))
def test_a_discount_is_never_more_than_the_face(face: int, percent: Decimal) -> None:
    assert 0 <= discount_of(face_minor=face, percent=percent) <= face


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("agreement_discount_invalid", {"discount_percent": Decimal(100)}),
        ("agreement_discount_invalid", {"discount_percent": Decimal("-0.01")}),
        ("agreement_discount_invalid", {"discount_percent": Decimal("1.234")}),
        ("agreement_discount_invalid", {"discount_percent": Decimal("NaN")}),
        ("agreement_credit_limit_invalid", {"credit_limit_minor": -1}),
        ("agreement_payment_days_invalid", {"payment_days": 181}),
    ],
)
def test_terms_that_are_refused(code: str, facts: dict[str, object]) -> None:
    with pytest.raises(Refusal) as refusal:
        check_terms(terms(**facts))
    assert refusal.value.code == code


def test_usual_terms_pass() -> None:
    check_terms(terms(discount_percent=Decimal("12.5")))
