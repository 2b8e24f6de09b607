"""A reseller sees its own customers and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from resellers.operations.transfers import ship_stock
from tests.console.conftest import enter, letters
from tests.factories import AT, make_account, make_member
from tests.resellers.factories import make_agreement, make_batch, make_card_product, make_shelf

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
