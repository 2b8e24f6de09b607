"""Accounts and people for tests, made by the same operations as the product's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.test import Client

from provider.accounts.models import Account, Membership, Portal, Role, User
from provider.accounts.operations.accounts import AccountDetails, create_provider, create_reseller, create_subscriber
from provider.accounts.operations.users import NewUser, add_member, create_user
from provider.accounts.queries import actor_in
from provider.accounts.rules.phones import Contact
from provider.kernel.actor import SYSTEM, Actor

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def details(name: str = "Lotus Trading", **values: Any) -> AccountDetails:
    return AccountDetails(name=name, **values)


def make_provider() -> Account:
    return create_provider(details=details("Perennial Inc."), by=SYSTEM, at=AT)


def make_reseller(parent: Account, name: str = "Red Lantern") -> Account:
    return create_reseller(parent=parent, details=details(name), by=SYSTEM, at=AT)


def make_subscriber(parent: Account | None = None, name: str = "Lotus Trading") -> Account:
    return create_subscriber(parent=parent, details=details(name), by=SYSTEM, at=AT)


def make_user(email: str | None = None, *, phone: str | None = None, name: str = "Li Na", language: str = "en") -> User:
    person = NewUser(
        contact=Contact(email=email, phone=phone), name=name, language=language, password_hash=make_password(PASSWORD)
    )
    return create_user(person=person, address="192.0.2.1", at=AT)


def make_member(
    account: Account, email: str, *, role: str = Role.OWNER, portal: str = Portal.SUBSCRIBER, name: str = "Li Na"
) -> Membership:
    return add_member(account=account, user=make_user(email, name=name), portal=portal, role=role, by=SYSTEM, at=AT)


def as_actor(membership: Membership, **changes: Any) -> Actor:
    actor = actor_in(membership=membership, user=membership.user, address="192.0.2.7")
    return Actor(**{name: getattr(actor, name) for name in Actor.__dataclass_fields__} | changes)


def sign_in(client: Client, membership: Membership | User, *, with_second_factor: bool = True) -> Client:
    """Open a session as allauth would have after a password and, unless said otherwise, a second factor."""
    user = membership if isinstance(membership, User) else membership.user
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    import time

    record = {"method": "mfa" if with_second_factor else "password", "at": time.time(), "reauthenticated": True}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(user.pk)
    if isinstance(membership, Membership):
        session["membership"] = str(membership.id)
    session.save()
    return client


def uuid_of(value: Any) -> UUID:
    return UUID(str(value))
