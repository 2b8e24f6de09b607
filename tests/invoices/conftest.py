"""The provider and a program of its."""

from __future__ import annotations

import pytest

from provider.accounts.models import Account
from tests.api.conftest import Caller, caller_for
from tests.factories import make_account


@pytest.fixture
def provider(db: None) -> Account:
    return make_account(name="The provider", portal="provider")


@pytest.fixture
def machine(provider: Account) -> Caller:
    return caller_for(provider, portal="provider")
