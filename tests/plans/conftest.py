"""A program of the provider at the plans' desk."""

from __future__ import annotations

import pytest

from provider.accounts.models import Account
from tests.api.conftest import Caller, caller_for, make_account


@pytest.fixture
def provider(db: None) -> Account:
    return make_account("The provider", portal="provider")


@pytest.fixture
def machine(provider: Account) -> Caller:
    return caller_for(provider, portal="provider")
