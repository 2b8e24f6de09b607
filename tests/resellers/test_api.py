"""A shop's own till sells by API: once, all or none, and takes back for sure."""

from __future__ import annotations

import pytest

from provider.accounts.models import Account
from resellers.models import Sale
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.resellers.factories import card_of, make_reseller, make_shelf, make_shop, make_store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Account:
    return make_shop()


@pytest.fixture
def cards(shop: Account) -> list[str]:
    return make_shelf(reseller=shop)


@pytest.fixture
def till(shop: Account) -> Caller:
    return caller_for(shop, portal="reseller", scopes=["sales:write", "sales:read"])


def wish(*serials: str, **more: object) -> dict[str, object]:
    return {"serials": list(serials), "request_key": "t-1", "reference": "R-1042"} | more


def test_cards_are_sold_and_read_back(till: Caller, cards: list[str]) -> None:
    answer = till.post("/cards/activate", wish(*cards[:2], paid_by="alipay"))
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["count"], body["face_minor"], body["currency"], body["store"]) == (2, 119600, "CNY", "SH1")
    assert [card["serial"] for card in body["cards"]] == cards[:2]
    assert (body["reference"], body["undone_at"]) == ("R-1042", None)
    assert till.get("/stock").json()["items"][0]["on_shelf"] == 8
    today = till.get("/takings").json()
    assert (today["cards"], today["totals"]) == (2, [{"currency": "CNY", "amount_minor": 119600}])


def test_the_same_request_key_is_the_same_sale_whatever_the_header(till: Caller, cards: list[str]) -> None:
    first, second = (till.post("/cards/activate", wish(cards[0])).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert Sale.objects.count() == 1


def test_the_same_header_with_another_body_is_refused(till: Caller, cards: list[str]) -> None:
    till.post("/cards/activate", wish(cards[0]), key="once")
    answer = till.post("/cards/activate", wish(cards[1], request_key="t-2"), key="once")
    assert_problem(answer, status=422, code="idempotency_key_reused")
    assert card_of(cards[1]).status == "received"


def test_a_key_for_another_serial_is_a_conflict_and_leaves_it_alone(till: Caller, cards: list[str]) -> None:
    till.post("/cards/activate", wish(cards[0]))
    assert_problem(till.post("/cards/activate", wish(cards[1])), status=409, code="activation_key_reused")
    assert card_of(cards[1]).status == "received"


def test_why_a_card_is_not_sold_names_it(till: Caller, cards: list[str]) -> None:
    till.post("/cards/activate", wish(cards[0]))
    body = assert_problem(
        till.post("/cards/activate", wish(cards[0], request_key="t-2")), status=409, code="card_sold_before"
    )
    assert body is None or body["serial"] == cards[0]
    theirs = make_shelf(reseller=make_reseller(name="Rival"))[0]
    assert_problem(till.post("/cards/activate", wish(theirs, request_key="t-3")), status=404, code="card_elsewhere")


def test_a_sale_is_taken_back_once_and_for_sure(till: Caller, cards: list[str]) -> None:
    till.post("/cards/activate", wish(cards[0]))
    first, second = (till.post("/cards/reverse", {"request_key": "t-1"}).json() for _ in range(2))
    assert first["undone_at"] == second["undone_at"]
    assert first["undone_at"] is not None
    assert card_of(cards[0]).status == "received"
    assert_problem(till.post("/cards/reverse", {"request_key": "never"}), status=404, code="not_found")


def test_single_cards_of_a_sale_come_back_and_the_others_stay_sold(till: Caller, cards: list[str]) -> None:
    till.post("/cards/activate", wish(*cards[:3]))
    back = {"request_key": "t-1", "serials": [cards[1]], "reason": "One too many"}

    first, second = (till.post("/cards/reverse", back, key="once") for _ in range(2))

    assert first.json() == second.json()
    body = first.json()
    assert (body["undone_at"], body["returned_minor"], body["face_minor"]) == (None, 59800, 3 * 59800)
    assert [card["returned_at"] is None for card in body["cards"]] == [True, False, True]
    assert [card_of(serial).status for serial in cards[:3]] == ["active", "received", "active"]
    today = till.get("/takings").json()
    assert (today["receipts"], today["cards"], today["totals"][0]["amount_minor"]) == (1, 2, 2 * 59800)
    assert_problem(till.post("/cards/reverse", back), status=409, code="sale_return_done_before")
    assert till.post("/cards/reverse", {"request_key": "t-1"}).json()["undone_at"] is not None
    assert card_of(cards[0]).status == "received"


def test_the_key_of_a_sale_that_was_taken_back_is_a_conflict(till: Caller, cards: list[str]) -> None:
    till.post("/cards/activate", wish(cards[0]))
    till.post("/cards/reverse", {"request_key": "t-1"})
    assert_problem(till.post("/cards/activate", wish(cards[0])), status=409, code="activation_taken_back")
    assert till.post("/cards/activate", wish(cards[0], request_key="t-2")).status_code == 200
    assert card_of(cards[0]).status == "active"


def test_with_two_stores_the_code_is_needed(shop: Account, till: Caller, cards: list[str]) -> None:
    make_store(reseller=shop, code="SH2", name="People's Square")
    assert_problem(till.post("/cards/activate", wish(cards[0])), status=404, code="not_found")
    assert till.post("/cards/activate", wish(cards[0], store="SH2")).json()["store"] == "SH2"


def test_a_key_without_the_scope_sells_nothing(shop: Account, cards: list[str]) -> None:
    reader = caller_for(shop, portal="reseller", scopes=["sales:read"])
    assert_problem(reader.post("/cards/activate", wish(cards[0])), status=403, code="scope_missing")


def test_a_test_key_sells_for_test_resellers_only(shop: Account, cards: list[str]) -> None:
    tester = caller_for(shop, portal="reseller", scopes=["sales:write"], is_test=True)
    assert_problem(tester.post("/cards/activate", wish(cards[0])), status=403, code="mode_differs")
    Account.objects.filter(id=shop.id).update(is_test=True)
    assert tester.post("/cards/activate", wish(cards[0])).status_code == 200
