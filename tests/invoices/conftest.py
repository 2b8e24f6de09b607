"""The provider and a program of its, and a Stripe double on loopback for the tests that take money."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provider.accounts.models import Account
from tests.api.conftest import Caller, caller_for
from tests.factories import make_account
from tests.stripe_double import Running, running

SECRET = "whsec_of_the_tests"


@pytest.fixture
def provider(db: None) -> Account:
    return make_account(name="The provider", portal="provider")


@pytest.fixture
def machine(provider: Account) -> Caller:
    return caller_for(provider, portal="provider")


@pytest.fixture(scope="session")
def _double() -> Iterator[Running]:
    with running(secret=SECRET) as double:
        yield double


@pytest.fixture
def double(_double: Running, settings) -> Running:
    """Stripe's far end; the product is told to ask it."""
    settings.STRIPE_KEY = "sk_test_of_the_tests"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_older", SECRET]
    settings.STRIPE_API_BASE = _double.address
    settings.STRIPE_TIMEOUT_SECONDS = 5
    _double.troubles.clear()
    _double.calls.clear()
    _double.store.undelivered.clear()
    return _double
