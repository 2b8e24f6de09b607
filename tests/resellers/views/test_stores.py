"""An owner opens stores and says who works in them; clerks do not."""

from __future__ import annotations

import pytest
from django.test import Client

from provider.accounts.models import Account
from resellers.models import Store
from tests.console.conftest import enter
from tests.factories import make_member
from tests.resellers.factories import make_reseller, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def reseller() -> Account:
    return make_reseller()


@pytest.fixture
def owner(client: Client, reseller: Account) -> Client:
    return enter(client, make_member(account=reseller, portal="reseller", role="owner"))


def test_the_first_store(owner: Client, reseller: Account) -> None:
    assert "No store yet" in owner.get("/reseller/stores/").content.decode()
    owner.post("/reseller/stores/new/", {"code": "sh1", "name": "Xujiahui", "address": "1 Huashan Road", "phone": ""})
    store = Store.objects.get(reseller=reseller)
    body = owner.get("/reseller/stores/").content.decode()
    assert "Everybody of the team" in body
    assert "1 Huashan Road" in body
    assert owner.get(f"/reseller/stores/{store.id}/").status_code == 200


def test_a_code_that_is_taken_is_said_at_its_field(owner: Client, reseller: Account) -> None:
    make_store(reseller=reseller)
    body = owner.post("/reseller/stores/new/", {"code": "SH1", "name": "Second"}).content.decode()
    assert "Another store has the code SH1" in body


def test_people_are_put_into_a_store_and_it_is_closed(owner: Client, reseller: Account) -> None:
    clerk = make_member(account=reseller, portal="reseller", role="clerk")
    store = make_store(reseller=reseller)
    owner.post(f"/reseller/stores/{store.id}/staff/", {"people": [str(clerk.user_id)]})
    assert clerk.user.name in owner.get("/reseller/stores/").content.decode()

    owner.post(f"/reseller/stores/{store.id}/close/")
    assert "Closed" in owner.get("/reseller/stores/").content.decode()
    assert "Its receipts stay" in owner.get(f"/reseller/stores/{store.id}/").content.decode()


def test_others_stores_are_not_there(owner: Client) -> None:
    theirs = make_store(reseller=make_reseller(name="Rival"))
    for address in ("", "staff/", "close/"):
        assert owner.post(f"/reseller/stores/{theirs.id}/{address}").status_code == 404


def test_clerks_do_not_manage_stores(client: Client, reseller: Account) -> None:
    clerk = enter(client, make_member(account=reseller, portal="reseller", role="clerk"))
    assert clerk.get("/reseller/stores/").status_code == 403
