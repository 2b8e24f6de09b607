"""A clerk receives what the provider sent, and says what is missing."""

from __future__ import annotations

import pytest
from django.test import Client

from prepaid_cards.models import Card, CardBatch
from prepaid_cards.rules.serials import shown
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from resellers.models import StockTransfer
from resellers.operations.transfers import ship_stock
from tests.console.conftest import enter
from tests.factories import AT, make_account, make_member
from tests.resellers.factories import make_agreement, make_batch, make_reseller

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Account:
    make_account(name="Perennial", portal="provider")
    shop = make_reseller()
    make_agreement(reseller=shop)
    return shop


@pytest.fixture
def clerk(client: Client, shop: Account) -> Client:
    return enter(client, make_member(account=shop, portal="reseller", role="clerk"))


@pytest.fixture
def batch() -> CardBatch:
    return make_batch(count=20)


@pytest.fixture
def transfer(shop: Account, batch: CardBatch) -> StockTransfer:
    return ship_stock(reseller_id=shop.id, batch_id=batch.id, first=1, last=10, by=SYSTEM, at=AT)


def serial(batch: CardBatch, counter: int) -> str:
    return shown(Card.objects.get(batch=batch, counter=counter).serial)


def test_a_shipment_is_seen_and_put_on_the_shelf(clerk: Client, transfer: StockTransfer, batch: CardBatch) -> None:
    assert "1 shipment is on its way to you" in clerk.get("/reseller/stock/").content.decode()
    page = f"/reseller/shipments/{transfer.id}/"
    body = clerk.get(page).content.decode()
    assert serial(batch, 1) in body
    assert serial(batch, 10) in body

    clerk.post(f"{page}receive/", {"missing": ""})

    assert "Received" in clerk.get("/reseller/shipments/").content.decode()
    assert Card.objects.filter(batch=batch, status="received").count() == 10


def test_missing_cards_are_listed_one_a_line(clerk: Client, transfer: StockTransfer, batch: CardBatch) -> None:
    page = f"/reseller/shipments/{transfer.id}/"
    clerk.post(f"{page}receive/", {"missing": f"{serial(batch, 2)}\r\n{serial(batch, 4)}，{serial(batch, 5)}\r\n"})
    body = clerk.get(page).content.decode()
    assert "3 cards were missing" in body
    assert serial(batch, 4) in body


def test_a_wrong_serial_is_said_and_nothing_is_received(
    clerk: Client, transfer: StockTransfer, batch: CardBatch
) -> None:
    body = clerk.post(f"/reseller/shipments/{transfer.id}/receive/", {"missing": serial(batch, 15)}).content.decode()
    assert "is not on its way in this shipment" in body
    assert serial(batch, 15) in body
    assert not Card.objects.filter(status="received").exists()


def test_anothers_shipment_is_not_there(client: Client, transfer: StockTransfer) -> None:
    rival = enter(client, make_member(account=make_reseller(name="Rival"), portal="reseller", role="clerk"))
    assert rival.get(f"/reseller/shipments/{transfer.id}/").status_code == 404
    assert rival.post(f"/reseller/shipments/{transfer.id}/receive/").status_code == 404
