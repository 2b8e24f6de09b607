"""An operator at the counter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from provider.accounts.models import Account
from provider.accounts.rules import session
from provider.kernel import post
from tests.accounts.conftest import Letters
from tests.factories import make_account, make_member


def enter(client: Client, member: Any) -> Client:
    """Sign in as a member, as the demo does: the second factor counts as given."""
    client.force_login(member.user)
    browser = client.session
    browser[session.MEMBERSHIP] = str(member.id)
    browser[session.DEMO] = True
    browser.save()
    return client


@pytest.fixture
def provider(db: None) -> Account:
    return make_account(name="The provider", portal="provider")


@pytest.fixture
def operator(client: Client, provider: Account) -> Client:
    return enter(client, make_member(account=provider, portal="provider", role="owner"))


@pytest.fixture
def letters() -> Iterator[Letters]:
    box = Letters()
    previous = post.register(lambda **letter: box.append(letter))
    yield box
    if previous is not None:
        post.register(previous)
