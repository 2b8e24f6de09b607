"""An operator at the plans' desk."""

from __future__ import annotations

import pytest
from django.test import Client

from provider.accounts.models import Account
from tests.console.conftest import enter
from tests.factories import make_account, make_member


@pytest.fixture
def provider(db: None) -> Account:
    return make_account(name="The provider", portal="provider")


@pytest.fixture
def operator(client: Client, provider: Account) -> Client:
    return enter(client, make_member(account=provider, portal="provider", role="operator"))


@pytest.fixture
def finance(provider: Account) -> Client:
    return enter(Client(), make_member(account=provider, portal="provider", role="finance"))
