"""Rows for tests, with everything filled in that a test does not care about. Written straight to the tables: a test of
one operation shall not fail because another one is broken."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress

from provider.accounts.models import (
    Account,
    Brand,
    Consent,
    Erasure,
    Invitation,
    Membership,
    OwnershipOffer,
    Profile,
    SupportRequest,
    User,
)
from provider.kernel.models import StoredFile

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "a long enough password"

_numbers = itertools.count(1)


def make_account(*, name: str = "", portal: str = "subscriber", parent: Account | None = None, **facts: Any) -> Account:
    """An account with one capacity."""
    name = name or f"Account {next(_numbers)}"
    account = Account.objects.create(name=name, parent=parent, created_at=AT, **facts)
    Profile.objects.create(account=account, portal=portal, created_at=AT)
    return account


def make_brand(*, name: str) -> Brand:
    """In whose name an account appears to its customers."""
    return Brand.objects.create(name=name, created_at=AT)


def make_user(*, name: str = "", email: str = "", **facts: Any) -> User:
    """A person who can sign in with `PASSWORD`."""
    number = next(_numbers)
    user = User(name=name or f"Person {number}", email=email or f"person{number}@example.com", created_at=AT, **facts)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def make_member(*, account: Account, portal: str, role: str, user: User | None = None, **facts: Any) -> Membership:
    """A person's place in an account."""
    user = user or make_user()
    return Membership.objects.create(account=account, user=user, portal=portal, role=role, joined_at=AT, **facts)


def make_file(*, account: Account, name: str = "list.csv", **facts: Any) -> StoredFile:
    """A stored file, without its bytes."""
    given = {"purpose": "tests", "media_type": "text/csv", "size_bytes": 4, "sha256": b"0" * 32, "created_at": AT}
    key = f"tests/{next(_numbers)}"
    return StoredFile.objects.create(account_id=account.id, name=name, storage_key=key, **given | facts)


def make_account_objects(*, account: Account, members: list[Membership]) -> None:
    """One open invitation, offer, consent and request of an account."""
    first, last, number = members[0], members[-1], next(_numbers)
    later = AT + timedelta(days=3650)
    Invitation.objects.create(
        account=account, portal=first.portal, role=last.role, email=f"invited{number}@example.com",
        token_hash=f"{number:032d}".encode(), created_at=AT, expires_at=later,
    )  # fmt: skip
    Consent.objects.create(
        kind="support_access", user=first.user, account=account, granted_to=account, given_at=AT, expires_at=later
    )
    SupportRequest.objects.create(
        account=account, staff=first.user, staff_account=account, reason="To help", hours=1, created_at=AT
    )
    if first.id != last.id:
        OwnershipOffer.objects.create(
            account=account, from_membership=first, to_membership=last, next_role=last.role, created_at=AT,
            expires_at=later,
        )  # fmt: skip


def make_declined_erasure(account: Account, *, asked_by: User) -> Erasure:
    """A request to have the account erased, which staff declined."""
    return Erasure.objects.create(
        account=account, status="declined", language="en", asked_by=asked_by, asked_at=AT, settled_at=AT, note="Not now"
    )
