"""An installation on its first day: a provider with two operators, and letters that arrive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.test import Client

from invoices.operations.sellers import SellerDetails, set_up_seller
from provider.accounts.models import Account, Membership, Portal, Role
from provider.accounts.operations.accounts import create_provider
from provider.accounts.operations.users import add_member
from provider.kernel import clock, laws
from provider.kernel.actor import SYSTEM
from provider.messages.gateways import loopback
from tests.accounts.people import PASSWORD, details, make_user

TERMS = {"password": PASSWORD, "terms": "on"}


@dataclass(slots=True, kw_only=True)
class House:
    """The provider and its two people: what one asks for, the other approves."""

    provider: Account
    operator: Membership
    second: Membership


def open_house() -> House:
    """The provider of a test system, whose customers may carry a test clock; it can send invoices."""
    at = clock.now()
    here = details("Perennial", region_code="shanghai", email="office@perennial.example", country="CN")
    provider = create_provider(details=here, by=SYSTEM, at=at, is_test=True)
    seller = SellerDetails(
        legal_name="Perennial Services", number_prefix="PER", time_zone="Asia/Shanghai", country="CN",
        address="88 Caoxi Road, Shanghai", bank_details="Demo Bank 6222", tax_rate=Decimal(6),
    )  # fmt: skip
    set_up_seller(account_id=provider.id, details=seller, by=SYSTEM, at=at)
    people = [
        add_member(
            account=provider, user=make_user(f"{name.lower()}@perennial.example", name=name), portal=Portal.PROVIDER,
            role=role, by=SYSTEM, at=at,
        )
        for name, role in (("Vera", Role.OWNER), ("Tomas", Role.OPERATOR))
    ]  # fmt: skip
    return House(provider=provider, operator=people[0], second=people[1])


def keep_letters(settings: Any, *, folder: Path) -> None:
    """Letters go out as they do in development: full copies in a folder."""
    settings.EMAIL_BACKEND = "provider.messages.gateways.loopback.EmailBackend"
    settings.MAILBOX_DIR = folder


def code_for(address: str) -> str:
    """The newest code that was sent there."""
    return next(copy.codes[0] for copy in loopback.copies(address=address) if copy.codes)


def link_for(address: str, *, to: str) -> str:
    """The path of the newest link of that kind that was sent there."""
    for copy in loopback.copies(address=address):
        if found := re.search(rf"https?://[^/\s]+(/{to}/[^\s]+)", copy.text):
            return found[1]
    raise AssertionError(f"No letter with a link to /{to}/ lies at {address}.")


def letters_for(address: str) -> list[str]:
    """The subjects of all letters that were sent there, the oldest first."""
    return [copy.subject for copy in reversed(loopback.copies(address=address, limit=500))]


def join(address: str, *, name: str) -> Client:
    """Somebody new follows the link of their invitation."""
    client = Client()
    answer = client.post(link_for(address, to="invitations"), TERMS | {"name": name})
    assert answer.status_code == 302, answer.content.decode()
    return client


def broken_laws() -> list[str]:
    """The laws that do not hold any more."""
    return [law.name for law in laws.known() if laws.check(law).count]
