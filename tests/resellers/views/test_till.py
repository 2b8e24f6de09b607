"""At the counter: scan, take the money, print, undo; and what the shop may see of its cards."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from prepaid_cards.models import Card, CardProduct
from provider.accounts.models import Account, Membership, User
from provider.kernel import clock
from resellers.models import Sale, Store
from resellers.operations.sales import sell
from tests.console.conftest import enter
from tests.factories import make_member
from tests.resellers.factories import (
    actor_for,
    basket,
    card_of,
    make_card_product,
    make_reseller,
    make_shelf,
    make_shop,
    make_store,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Account:
    return make_shop()


@pytest.fixture
def member(shop: Account) -> Membership:
    return make_member(account=shop, portal="reseller", role="clerk")


@pytest.fixture
def clerk(client: Client, member: Membership) -> Client:
    return enter(client, member)


@pytest.fixture
def cards(shop: Account) -> list[str]:
    return make_shelf(reseller=shop)


def plain(serial: str) -> str:
    return serial.replace("-", "")


def scan(clerk: Client, typed: str, *lying: str, **more: str) -> str:
    data = {"typed": typed, "serials": [plain(one) for one in lying], **more}
    return clerk.post("/reseller/till/scan/", data, headers={"HX-Request": "true"}).content.decode()


def pay(clerk: Client, *lying: str, **more: str) -> object:
    data = {"serials": [plain(one) for one in lying], "paid_by": "cash", "request_key": "k1", "currency": "CNY"}
    return clerk.post("/reseller/till/pay/", data | more)


def test_an_empty_till_waits_for_the_first_card(clerk: Client) -> None:
    body = clerk.get("/reseller/till/").content.decode()
    assert "Nothing on the counter yet" in body
    assert "data-scan" in body
    assert 'aria-disabled="true"' in body


def test_cards_pile_up_and_the_total_runs_along(clerk: Client, cards: list[str]) -> None:
    assert "598.00" in scan(clerk, cards[0])
    body = scan(clerk, plain(cards[1]), cards[0])
    assert "This receipt: 2 cards" in body
    assert "1,196.00" in body
    assert body.index(cards[1]) < body.index(cards[0])  # the last one on top


@pytest.mark.parametrize(("language", "name"), [("en", "12 months of Team"), ("zh-hans", "团队版 12 个月")])
def test_a_card_on_the_counter_says_what_it_is(
    clerk: Client, member: Membership, cards: list[str], language: str, name: str
) -> None:
    CardProduct.objects.update(name_hans="团队版 12 个月")
    User.objects.filter(pk=member.user.pk).update(language=language)

    assert f'<b translate="no">{name}</b>' in scan(clerk, cards[0])


@pytest.mark.parametrize("wear", ["{}", " {} ", "{}\n"])
def test_a_scanner_may_wrap_what_it_sends(clerk: Client, cards: list[str], wear: str) -> None:
    assert cards[0] in scan(clerk, wear.format(plain(cards[0])))


def test_full_width_digits_are_digits(clerk: Client, cards: list[str]) -> None:
    wide = plain(cards[0]).translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)})
    assert "598.00" in scan(clerk, wide)


def test_a_refused_card_is_named_and_not_put_down(clerk: Client, shop: Account, cards: list[str]) -> None:
    Card.objects.filter(id=card_of(cards[1]).id).update(status="frozen", frozen_at=clock.now(), frozen_from="received")
    body = scan(clerk, cards[1], cards[0])
    assert "being checked and must not be sold" in body
    assert "This receipt: 1 card" in body


def test_the_same_card_twice_lies_there_once(clerk: Client, cards: list[str]) -> None:
    body = scan(clerk, cards[0], cards[0])
    assert "lies on the counter already" in body
    assert "This receipt: 1 card" in body


def test_a_card_is_taken_off_again(clerk: Client, cards: list[str]) -> None:
    body = scan(clerk, "", cards[0], cards[1], drop=plain(cards[0]))
    assert cards[0] not in body
    assert "This receipt: 1 card" in body


def test_a_second_currency_stays_off_the_receipt(clerk: Client, shop: Account, cards: list[str]) -> None:
    euro = make_shelf(reseller=shop, product=make_card_product(name="Euro", currency="EUR"))
    body = scan(clerk, euro[0], cards[0])
    assert "one currency at a time" in body
    assert "This receipt: 1 card" in body


def test_without_a_script_the_till_works_as_pages(clerk: Client, cards: list[str]) -> None:
    body = clerk.post("/reseller/till/scan/", {"typed": cards[0]}).content.decode()
    assert "<html" in body
    assert "This receipt: 1 card" in body


def test_the_margin_is_never_on_the_customers_side(clerk: Client, cards: list[str]) -> None:
    receipt = pay(clerk, cards[0])["Location"]  # type: ignore[index]
    for body in (
        scan(clerk, cards[1]),
        clerk.get(receipt).content.decode(),
        clerk.get("/reseller/till/").content.decode(),
    ):
        assert "478.40" not in body
        assert "119.60" not in body


def test_money_is_taken_and_the_receipt_says_what_comes_back(clerk: Client, cards: list[str]) -> None:
    answer = pay(clerk, cards[0], cards[1], given="1,200".replace(",", ""))
    sale = Sale.objects.get()
    assert answer["Location"] == f"/reseller/sales/{sale.id}/"  # type: ignore[index]
    body = clerk.get(f"/reseller/sales/{sale.id}/").content.decode()
    for words in ("SH1-2", cards[0], cards[1], "1,196.00", "1,200.00", "4.00", "Undo this sale"):
        assert words in body


def test_pressing_twice_sells_once(clerk: Client, cards: list[str]) -> None:
    first, second = pay(clerk, cards[0]), pay(clerk, cards[0])
    assert first["Location"] == second["Location"]  # type: ignore[index]
    assert Sale.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"given": "500"}, "gave less than the total"),
        ({"given": "many"}, "Enter a number"),
        ({"given": "600.001"}, "no more than 2 decimal places"),
        ({"paid_by": "shells"}, "Select a valid choice"),
    ],
)
def test_a_refused_payment_keeps_the_cards_on_the_counter(
    clerk: Client, cards: list[str], typed: dict[str, str], sentence: str
) -> None:
    body = pay(clerk, cards[0], **typed).content.decode()  # type: ignore[attr-defined]
    assert sentence in body
    assert "This receipt: 1 card" in body
    assert not Sale.objects.exists()


def test_an_empty_counter_takes_no_money(clerk: Client) -> None:
    assert "Scan one first" in pay(clerk).content.decode()  # type: ignore[attr-defined]


def test_undo_puts_the_cards_back(clerk: Client, cards: list[str]) -> None:
    receipt = pay(clerk, cards[0])["Location"]  # type: ignore[index]
    assert "Undo the last sale" in clerk.get("/reseller/till/").content.decode()
    clerk.post(f"{receipt}undo/", {"reason": "Wrong one"})
    body = clerk.get(receipt).content.decode()
    assert "UNDONE" in body
    assert "Undo this sale" not in body
    assert card_of(cards[0]).status == "received"


def test_a_redeemed_card_cannot_be_undone_and_says_so(clerk: Client, cards: list[str]) -> None:
    receipt = pay(clerk, cards[0])["Location"]  # type: ignore[index]
    Card.objects.filter(id=card_of(cards[0]).id).update(status="redeemed", redeemed_at=clock.now())
    assert "so the sale stands" in clerk.get(receipt).content.decode()
    body = clerk.post(f"{receipt}undo/", follow=True).content.decode()
    assert "was redeemed, so its sale stands" in body


def test_todays_takings(clerk: Client, cards: list[str]) -> None:
    pay(clerk, cards[0], cards[1])
    pay(clerk, cards[2], paid_by="alipay", request_key="k2")
    body = clerk.get("/reseller/takings/").content.decode()
    for words in ("1,794.00", "12 months of Team", "Alipay", "Cash"):
        assert words in body
    assert "Nothing was sold" in clerk.get("/reseller/takings/?day=2024-02-29").content.decode()
    assert clerk.get("/reseller/takings/?day=never").status_code == 200


def test_clerks_see_their_own_takings_and_owners_all(client: Client, shop: Account, cards: list[str]) -> None:
    pay(enter(client, make_member(account=shop, portal="reseller", role="clerk")), cards[0])
    colleague = enter(Client(), make_member(account=shop, portal="reseller", role="clerk"))
    assert "Nothing was sold" in colleague.get("/reseller/takings/").content.decode()
    assert "No sales yet" in colleague.get("/reseller/sales/").content.decode()
    owner = enter(Client(), make_member(account=shop, portal="reseller", role="owner"))
    assert "598.00" in owner.get("/reseller/takings/").content.decode()


def test_sales_are_found_by_receipt_and_serial_and_exported(clerk: Client, cards: list[str]) -> None:
    pay(clerk, cards[0])
    for words in (cards[0], "SH1-2026-000001", "1"):
        assert "SH1-" in clerk.get("/reseller/sales/", {"q": words}).content.decode()
    assert "SH1-" not in clerk.get("/reseller/sales/", {"q": cards[5]}).content.decode()
    export = clerk.get("/reseller/sales/?export=csv")
    assert "SH1-" in b"".join(export.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]


def test_a_card_is_looked_up_with_its_way(clerk: Client, cards: list[str]) -> None:
    pay(clerk, cards[0])
    body = clerk.get("/reseller/cards/", {"serial": cards[0]}).content.decode()
    for words in ("Sold", "12 months of Team", "SH1-"):
        assert words in body


def test_anothers_card_is_not_shown(clerk: Client) -> None:
    theirs = make_shelf(reseller=make_reseller(name="Rival"), product=make_card_product(name="Secret plan"))[0]
    body = clerk.get("/reseller/cards/", {"serial": theirs}).content.decode()
    assert "not of your stock" in body
    assert "Secret plan" not in body


def test_the_shelf_says_what_runs_out(clerk: Client, cards: list[str]) -> None:
    pay(clerk, *cards[:9])
    body = clerk.get("/reseller/stock/").content.decode()
    assert "1 product runs out within a week" in body
    assert "3 days" in body


def test_the_statement_adds_up(client: Client, shop: Account, cards: list[str]) -> None:
    owner = enter(client, make_member(account=shop, portal="reseller", role="owner"))
    receipt = pay(owner, cards[0])["Location"]  # type: ignore[index]
    body = owner.get("/reseller/statement/").content.decode()
    for words in ("+598.00", "−119.60", "478.40", "Your discount"):
        assert words in body
    owner.post(f"{receipt}undo/")
    figures = re.findall(
        r"Owed now.*?money nowrap\">(.*?)<", owner.get("/reseller/statement/").content.decode(), re.DOTALL
    )
    assert figures == ["CNY 0.00"]
    month = (clock.now() - timedelta(days=62)).strftime("%Y-%m")
    assert "No entries in this month" in owner.get(f"/reseller/statement/?month={month}").content.decode()


def test_clerks_do_not_see_the_statement(clerk: Client) -> None:
    assert clerk.get("/reseller/statement/").status_code == 403


def test_a_clerk_without_a_store_is_told_whom_to_ask(clerk: Client, shop: Account) -> None:
    make_store(reseller=shop, code="SH2", name="People's Square")
    assert "Ask an owner" in clerk.get("/reseller/till/").content.decode()


def test_receipts_are_sorted_through_the_years_though_numbers_begin_anew(
    clerk: Client, shop: Account, member: Membership, cards: list[str]
) -> None:
    now, store = clock.now(), Store.objects.get(reseller=shop)
    sold = [
        sell(
            reseller_id=shop.id, store_id=store.id, basket=basket([serial]), request_key=serial, by=actor_for(member),
            at=at,
        )
        for serial, at in zip(cards, (now, now, now + timedelta(days=366)), strict=False)
    ]  # fmt: skip
    assert [sale.number for sale in sold] == [1, 2, 1]

    body = clerk.get("/reseller/sales/?sort=receipt").content.decode()

    assert list(dict.fromkeys(re.findall(r"sales/([0-9a-f-]{36})/", body))) == [str(sale.id) for sale in sold]
