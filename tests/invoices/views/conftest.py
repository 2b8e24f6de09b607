"""A subscriber's owner and the provider's finance, each with a browser."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.models import Invoice
from provider.accounts.models import Account
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.factories import make_invoice


@pytest.fixture
def account(provider: Account) -> Account:
    return make_account(name="Hengtai", email="li@hengtai.example", company_name="恒泰物流有限公司")


@pytest.fixture
def invoice(account: Account) -> Invoice:
    return make_invoice(account=account)


@pytest.fixture
def owner(account: Account) -> Client:
    return enter(Client(), make_member(account=account, portal="subscriber", role="owner"))


@pytest.fixture
def finance(provider: Account) -> Client:
    return enter(Client(), make_member(account=provider, portal="provider", role="finance"))
