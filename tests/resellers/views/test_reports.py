"""The till forgot a card: its holder reports it, the clerk registers the sale, and the holder is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from prepaid_cards.models import Card, CardReport
from prepaid_cards.rules.serials import normalise
from provider.accounts.models import Account
from provider.kernel import outbox
from provider.messages.models import Message
from resellers.models import Sale, Store
from tests.factories import make_account, make_member
from tests.resellers.factories import make_agreement, make_shelf, make_store


def signed_in(account: Account, *, portal: str, role: str) -> Client:
    client = Client()
    client.force_login(make_member(account=account, portal=portal, role=role).user)
    return client


@pytest.fixture
def shop(db: None) -> Account:
    shop = make_account(name="Xinghe", portal="reseller")
    make_agreement(reseller=shop)
    make_store(reseller=shop)
    return shop


@pytest.fixture
def holder(shop: Account) -> Account:
    return make_account(name="Lan", portal="subscriber", email="lan@lan.example")


def report(holder: Account, serial: str) -> tuple[Client, str, Any]:
    client = signed_in(holder, portal="subscriber", role="owner")
    answer = client.post("/my/redeem/help/", {"kind": "unsold", "serial": serial, "receipt": "A-17"})
    assert answer.status_code == 302, answer.content.decode()
    return client, answer.url, CardReport.objects.get()


def test_the_clerk_registers_the_sale_and_the_holder_is_told(shop: Account, holder: Account) -> None:
    (serial,) = make_shelf(reseller=shop, count=1)
    client, page, made = report(holder, serial)
    told = client.get(page).content.decode()
    assert "Being looked at" in told
    assert "by the shop or by us" in told  # who has it would tell whether the serial names a card
    clerk = signed_in(shop, portal="reseller", role="clerk")
    assert "forgot a card" in clerk.get("/reseller/").content.decode()
    assert serial in clerk.get("/reseller/reports/").content.decode()

    form = {"store": str(Store.objects.get(reseller=shop).id), "paid_by": "cash"}
    answer = clerk.post(f"/reseller/reports/{made.id}/", form)

    sale = Sale.objects.get()
    assert answer.url == f"/reseller/sales/{sale.id}/"
    assert (sale.reference, Card.objects.get(serial=normalise(serial)).status) == ("A-17", "active")
    assert "has registered the sale" in client.get(page).content.decode()
    assert Message.objects.filter(key="card_report_solved", account=holder).count() == 1
    assert clerk.post(f"/reseller/reports/{made.id}/", form).url == answer.url
    outbox.drain()
    assert Sale.objects.count() == Message.objects.filter(key="card_report_solved").count() == 1


def test_the_clerk_declines_with_a_reason_that_the_holder_reads(shop: Account, holder: Account) -> None:
    (serial,) = make_shelf(reseller=shop, count=1)
    client, page, made = report(holder, serial)
    clerk = signed_in(shop, portal="reseller", role="clerk")

    assert clerk.post(f"/reseller/reports/{made.id}/decline/", {"reason": ""}).status_code == 422
    clerk.post(f"/reseller/reports/{made.id}/decline/", {"reason": "The receipt is of another shop."})

    assert "of another shop" in client.get(page).content.decode()
    assert Card.objects.get(serial=normalise(serial)).status == "received"
    assert Message.objects.filter(key="card_report_declined", account=holder).exists()


def test_another_shop_and_another_holder_see_nothing(shop: Account, holder: Account) -> None:
    (serial,) = make_shelf(reseller=shop, count=1)
    _, page, made = report(holder, serial)
    rival = signed_in(make_account(name="Kapu", portal="reseller"), portal="reseller", role="owner")
    stranger = signed_in(make_account(name="Ming", portal="subscriber"), portal="subscriber", role="owner")

    assert serial not in rival.get("/reseller/reports/").content.decode()
    assert rival.get(f"/reseller/reports/{made.id}/").status_code == 404
    assert rival.post(f"/reseller/reports/{made.id}/decline/", {"reason": "No"}).status_code == 404
    assert stranger.get(page).status_code == 404
