"""People to write to, a mailbox of the test's own, and an instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from provider.accounts.models import Account, Brand, Membership, Profile, User
from provider.messages.gateways import loopback

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def mailbox(settings: Any, tmp_path: Path) -> Iterator[Callable[..., list[loopback.Copy]]]:
    """What would have left the house, newest first."""
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    settings.EMAIL_BACKEND = "provider.messages.gateways.loopback.EmailBackend"
    return loopback.copies  # type: ignore[return-value]


@pytest.fixture
def account(db: None) -> Account:
    """A subscriber with a brand of its own."""
    return make_account()


@pytest.fixture
def user(account: Account) -> User:
    """Its owner."""
    return make_user(account=account)


def make_account(*, name: str = "Lan's Tea House", portal: str = "subscriber", **facts: Any) -> Account:
    brand = Brand.objects.create(
        name="Perennial", accent="#4350b5", support_email="help@perennial.example", created_at=NOW
    )
    account = Account.objects.create(
        name=name, email=facts.pop("email", "office@tea.example"), brand=brand, created_at=NOW, **facts
    )
    Profile.objects.create(account=account, portal=portal, created_at=NOW)
    return account


def make_user(
    *, account: Account | None = None, email: str | None = "lan@tea.example", role: str = "owner", **facts: Any
) -> User:
    user = User.objects.create(email=email, name=facts.pop("name", "Lan"), created_at=NOW, **facts)
    if account is not None:
        portal = account.profiles.get().portal
        Membership.objects.create(account=account, user=user, portal=portal, role=role, joined_at=NOW)
    return user
