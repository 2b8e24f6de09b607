"""Resellers with terms, stores and people, for tests that do not care how they came to be."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from provider.accounts.models import Account, Membership
from provider.accounts.rules.permissions import permissions_of
from provider.kernel.actor import Actor
from resellers.models import Agreement, Store
from tests.factories import AT, make_account, make_member


def make_reseller(*, name: str = "Galaxy Software", **facts: Any) -> Account:
    return make_account(name=name, portal="reseller", **facts)


def make_agreement(*, reseller: Account, discount: str = "20", limit: int = 1_000_000_00, **facts: Any) -> Agreement:
    """Terms in force since the day before."""
    given = {"version": 1, "valid_from": AT - timedelta(days=1), "currency": "CNY", "payment_days": 30}
    return Agreement.objects.create(
        reseller=reseller, discount_percent=Decimal(discount), credit_limit_minor=limit, created_at=AT, **given | facts
    )


def make_store(*, reseller: Account, code: str = "SH1", name: str = "Xujiahui") -> Store:
    """A store that is open."""
    return Store.objects.create(reseller=reseller, code=code, name=name, opened_at=AT)


def actor_for(member: Membership) -> Actor:
    """The member, acting with all the permissions of its role."""
    return Actor(
        kind="person", user_id=member.user_id, account_id=member.account_id, portal=member.portal, role=member.role,
        permissions=permissions_of(portal=member.portal, role=member.role, is_acting_for=False),
    )  # fmt: skip


def make_person(*, reseller: Account, role: str = "clerk") -> Actor:
    """Somebody of the reseller's team, as actor."""
    return actor_for(make_member(account=reseller, portal="reseller", role=role))
