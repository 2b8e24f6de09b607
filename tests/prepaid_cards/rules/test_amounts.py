"""Tax contained in a face, and what is owed for a sold card."""

from __future__ import annotations

from decimal import Decimal

from prepaid_cards.rules.amounts import Price


def price(tax_class: str, *, face: int = 10600, rate: str = "6") -> Price:
    return Price(face_minor=face, tax_class=tax_class, rate=Decimal(rate))


def test_the_tax_is_contained_in_the_face() -> None:
    assert price("single_purpose").contained_tax_minor == 600
    assert price("single_purpose", face=59800, rate="6.0000").contained_tax_minor == 3385


def test_a_single_purpose_card_is_taxed_when_it_is_sold() -> None:
    assert price("single_purpose").tax_at_sale_minor == 600
    assert price("single_purpose").tax_at_redemption_minor == 0
    assert price("single_purpose").liability_minor == 10000


def test_a_multi_purpose_card_is_owed_in_full_until_it_is_redeemed() -> None:
    assert price("multi_purpose").tax_at_sale_minor == 0
    assert price("multi_purpose").liability_minor == 10600
    assert price("multi_purpose").tax_at_redemption_minor == 600


def test_a_card_given_away_is_owed_to_nobody() -> None:
    assert price("promotional", rate="0").liability_minor == 0
