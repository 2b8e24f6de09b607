"""A reseller sees its own customers and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from provider.accounts.models import Account
from tests.console.conftest import enter, letters
from tests.factories import make_account, make_member

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
