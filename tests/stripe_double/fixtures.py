"""A Stripe double on loopback for the tests that take money."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from .server import Running, running

SECRET = "whsec_of_the_tests"


@pytest.fixture(scope="session")
def _double() -> Iterator[Running]:
    with running(secret=SECRET) as double:
        yield double


@pytest.fixture
def double(_double: Running, settings: Settings) -> Running:
    """Stripe's far end; the product is told to ask it."""
    settings.STRIPE_KEY = "sk_test_of_the_tests"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_older", SECRET]
    settings.STRIPE_API_BASE = _double.address
    settings.STRIPE_TIMEOUT_SECONDS = 5
    _double.troubles.clear()
    _double.calls.clear()
    _double.store.undelivered.clear()
    return _double
