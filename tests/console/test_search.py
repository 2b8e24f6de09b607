"""The one search box finds the account that is meant, by whatever the operator has in hand."""

from __future__ import annotations

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from provider.console.queries.numbers import by_number
from provider.console.queries.search import search
from tests.factories import make_account, make_member, make_user
from tests.invoices.factories import make_invoice
from tests.prepaid_cards.factories import make_batch, make_product

pytestmark = pytest.mark.django_db


def names(words: str) -> list[str]:
    return [hit.account.name for hit in search(words)]


@pytest.fixture(autouse=True)
def some_accounts() -> None:
    fern = make_account(
        name="Fern & Moss", company_name="Fern and Moss Ltd.", email="office@fern.example", tax_id="91X7"
    )
    make_account(name="Moss Brothers")
    make_account(name="云杉贸易", company_name="北京云杉贸易有限公司")
    lin = make_user(name="林曉晨", email="lin@chenguang.example", phone="+886912345678")
    make_member(account=make_account(name="晨光設計"), portal="subscriber", role="owner", user=lin)
    make_member(account=fern, portal="subscriber", role="owner", user=make_user(email="boss@fern.example"))


def test_what_begins_with_the_words_comes_before_what_contains_them() -> None:
    assert names("moss") == ["Moss Brothers", "Fern & Moss"]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("office@fern.example", "Fern & Moss"),
        ("91x7", "Fern & Moss"),
        ("boss@fern", "Fern & Moss"),
        ("云杉", "云杉贸易"),
        ("北京云杉", "云杉贸易"),
        ("林曉晨", "晨光設計"),
        ("0912345678", "晨光設計"),
        ("+886 912 345 678", "晨光設計"),
        ("  fern   &  moss ", "Fern & Moss"),
    ],
)
def test_it_finds_by_what_is_in_hand(words: str, name: str) -> None:
    assert names(words)[0] == name


def test_the_beginning_of_an_id_is_enough() -> None:
    hit = search("Moss Brothers")[0].account
    assert search(str(hit.id))[0].account == hit
    assert hit in [found.account for found in search(str(hit.id)[:13])]


def test_a_slip_of_the_finger_is_forgiven() -> None:
    assert "Moss Brothers" in names("Moss Brotehrs")


@pytest.mark.parametrize(
    "words", ["", "   ", "\x00", "a\x00b", "%", "_", "'; drop table accounts_account; --", "x" * 10_000]
)
def test_nonsense_finds_nothing_and_breaks_nothing(words: str) -> None:
    assert names(words) == []


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("杉", "云杉贸易"),
        ("杉贸", "云杉贸易"),
        ("云杉贸易有限公司", "云杉贸易"),
        ("曉晨", "晨光設計"),
        ("of", "Fern & Moss"),
        ("912 345", "晨光設計"),
        ("Moss Fern", "Fern & Moss"),
        ("ltd office@", "Fern & Moss"),
    ],
)
def test_any_part_is_enough_also_one_chinese_character_and_words_in_any_order(words: str, name: str) -> None:
    assert names(words)[0] == name


def test_what_is_called_exactly_so_comes_first() -> None:
    make_account(name="Moss")
    assert names("moss") == ["Moss", "Moss Brothers", "Fern & Moss"]


def test_half_a_byte_apart_is_not_found() -> None:
    """The bytes 6d 6f hold d6 in between; by digits alone it would be taken for a hit."""
    make_account(name="mo")
    assert "mo" not in names("\u0587")  # d6 87
    assert "mo" not in names("\u05bf")


def test_it_asks_the_database_a_fixed_number_of_times(django_assert_max_num_queries: CaptureQueriesContext) -> None:
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        search("moss")


def test_the_page_goes_straight_to_the_only_hit(operator: Client) -> None:
    answer = operator.get("/operator/search/", {"q": "云杉", "go": "1"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/operator/accounts/")


def test_suggestions_come_while_typing_and_escape_what_they_show(operator: Client) -> None:
    make_account(name="<script>alert(1)</script>")
    body = operator.get("/operator/search/suggest/", {"q": "<script"}).content.decode()
    assert "&lt;script" in body
    assert "<script>alert" not in body


def test_the_number_of_an_invoice_leads_to_it_and_its_beginning_is_enough(operator: Client) -> None:
    invoice = make_invoice()
    place = f"/operator/invoices/{invoice.id}/"
    assert operator.get("/operator/search/", {"q": invoice.number_text.lower(), "go": 1})["Location"] == place
    assert place in operator.get("/operator/search/", {"q": invoice.number_text[:-2]}).content.decode()
    assert operator.get("/operator/search/suggest/", {"q": invoice.number_text}).status_code == 200


def test_the_serial_of_a_card_leads_to_the_card_however_it_is_spaced(operator: Client) -> None:
    serial = make_batch(product=make_product()).cards.order_by("counter")[0].serial
    typed = f"{serial[:6]} {serial[6:]}"
    answer = operator.get("/operator/search/", {"q": typed, "go": 1})
    assert answer["Location"] == f"/operator/cards/serials/{serial}/"
    wrong = serial[:-1] + str((int(serial[-1]) + 1) % 10)
    assert by_number(wrong) == []


@pytest.mark.parametrize("words", ["", "no digits", "\x00 7", "7" * 200, "'; drop table 1"])
def test_what_is_no_number_finds_nothing(words: str) -> None:
    assert by_number(words) == []


def test_beside_a_mistyped_word_a_number_stands_as_it_was_typed() -> None:
    make_account(name="Harbour Lights 4711")
    make_account(name="Harbour Lights 4712")

    assert names("harbuor 4712") == ["Harbour Lights 4712"]
    assert names("harbuor 9999") == []


@pytest.mark.parametrize("words", ["云山贸易", "芸杉贸易", "云杉贸义", "北京云彬贸易有限公司", "云杉茂"])
def test_one_wrong_character_of_a_chinese_name_is_forgiven(words: str) -> None:
    assert names(words) == ["云杉贸易"]


@pytest.mark.parametrize("words", ["云山茂易", "云彬"])
def test_two_wrong_characters_or_one_of_two_are_not(words: str) -> None:
    assert names(words) == []
