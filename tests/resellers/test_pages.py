"""A reseller sees its own customers and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from prepaid_cards.models import CardProduct
from provider.accounts.models import Account, User
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from resellers.operations.sales import sell
from resellers.operations.transfers import ship_stock
from resellers.queries.sales import takings
from tests.console.conftest import enter, letters
from tests.factories import AT, make_account, make_member
from tests.resellers.factories import (
    basket,
    make_agreement,
    make_batch,
    make_card_product,
    make_person,
    make_shelf,
    make_store,
)

pytestmark = pytest.mark.django_db
__all__ = ["letters"]


@pytest.fixture
def shop() -> Account:
    return make_account(name="Corner shop", portal="reseller")


@pytest.fixture
def clerk(client: Client, shop: Account) -> Client:
    return enter(client, make_member(account=shop, portal="reseller", role="clerk"))


def test_an_empty_shop_says_how_to_begin(clerk: Client) -> None:
    body = clerk.get("/reseller/").content.decode()
    assert "No customers yet" in body
    assert "Open a customer" in body


def test_only_own_customers_are_listed(clerk: Client, shop: Account) -> None:
    make_account(name="Ours", parent=shop)
    make_account(name="Theirs", parent=make_account(portal="reseller"))
    body = clerk.get("/reseller/customers/").content.decode()
    assert "Ours" in body
    assert "Theirs" not in body


def test_a_clerk_opens_a_customers_account_under_the_shop(clerk: Client, shop: Account, letters: Any) -> None:
    typed = {"name": "Fern", "region": "shanghai", "language": "zh-hans", "owner_email": "owner@fern.example"}
    assert clerk.post("/reseller/customers/new/", typed)["Location"] == "/reseller/customers/"
    assert Account.objects.get(name="Fern").parent == shop
    assert letters.the("invitation")["to_email"] == "owner@fern.example"


def test_the_home_shows_what_to_receive_and_what_is_on_the_shelf(clerk: Client, shop: Account) -> None:
    make_agreement(reseller=shop)
    make_shelf(reseller=shop, count=3)
    coming = make_batch(product=make_card_product(name="1 month of Team"), count=4)
    shipped = ship_stock(reseller_id=shop.id, batch_id=coming.id, first=1, last=4, by=SYSTEM, at=AT)

    body = clerk.get("/reseller/").content.decode()

    assert "1 shipment is on its way to you." in body
    assert f"/reseller/shipments/{shipped.id}/" in body
    assert "12 months of Team" in body


def test_a_receipt_and_the_takings_name_the_card_in_the_readers_language(clerk: Client, shop: Account) -> None:
    make_agreement(reseller=shop)
    product = make_card_product(name="12 months of Team", name_hans="12 个月团队版")
    (card,) = make_shelf(reseller=shop, count=1, product=product)
    store, person = make_store(reseller=shop), make_person(reseller=shop)
    sale = sell(
        reseller_id=shop.id, store_id=store.id, basket=basket([card]), request_key="k", by=person, at=clock.now()
    )  # fmt: skip
    CardProduct.objects.filter(id=product.id).update(name="12 months of Crew", name_hans="12 个月班组版")

    for language, name in (("en", "12 months of Team"), ("zh-hans", "12 个月团队版"), ("zh-hant", "12 months of Team")):
        User.objects.update(language=language)
        assert name in clerk.get(f"/reseller/sales/{sale.id}/").content.decode()
    User.objects.update(language="zh-hans")
    assert "12 个月班组版" in clerk.get(f"/reseller/cards/?serial={card}").content.decode()
    with override("zh-hans"):
        assert [row.name for row in takings(reseller_id=shop.id, day=sale.sold_on).by_product] == ["12 个月团队版"]


def test_the_till_offers_what_people_of_the_shops_country_pay_with(clerk: Client, shop: Account) -> None:
    Account.objects.filter(id=shop.id).update(country="TW", currency="TWD")
    make_agreement(reseller=shop, currency="TWD")
    (card,) = make_shelf(reseller=shop, count=1, product=make_card_product(currency="TWD"))
    make_store(reseller=shop)

    body = clerk.post("/reseller/till/scan/", {"typed": card}).content.decode()

    assert "LINE Pay" in body
    assert "JKOPAY" in body
    assert "WeChat Pay" not in body
