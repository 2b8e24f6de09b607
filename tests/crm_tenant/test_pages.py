"""The rep's day, while there is nothing in it yet."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.console.conftest import enter
from tests.factories import make_account, make_member

pytestmark = pytest.mark.django_db


def test_an_empty_day_says_what_will_stand_there(client: Client) -> None:
    enter(client, make_member(account=make_account(), portal="subscriber", role="member"))
    body = client.get("/crm/").content.decode()
    assert "Nothing to do yet" in body
    assert "Invite a colleague" not in body


def test_resellers_have_no_crm_of_their_customers(client: Client) -> None:
    enter(client, make_member(account=make_account(portal="reseller"), portal="reseller", role="owner"))
    assert client.get("/crm/").status_code == 403
