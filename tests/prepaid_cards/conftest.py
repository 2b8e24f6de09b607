"""A provider with two operators, a reseller with a clerk, and a card that grants a year of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from plans.models import Plan
from prepaid_cards.models import CardBatch, CardProduct, TaxClass
from prepaid_cards.operations.batches import approve_batch, order_batch
from prepaid_cards.operations.products import ProductWish, create_product, offer_product
from prepaid_cards.operations.vault import read_codes
from provider.accounts.models import Account, Membership
from provider.accounts.rules.permissions import permissions_of
from provider.kernel import clock, jobs
from provider.kernel.actor import Actor
from provider.kernel.ids import new_id
from tests.factories import AT, make_account, make_member


def actor(member: Membership) -> Actor:
    """A person at work."""
    permissions = permissions_of(portal=member.portal, role=member.role, is_acting_for=False)
    return Actor(
        kind="person", user_id=member.user_id, account_id=member.account_id, portal=member.portal, role=member.role,
        permissions=permissions,
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class House:
    """Who takes part."""

    provider: Account
    reseller: Account
    rival: Account
    ann: Actor  # an operator
    bo: Actor  # another one
    clerk: Actor
    plan: Plan
    product: CardProduct


def wish(plan: Plan, **facts: Any) -> ProductWish:
    """Twelve months of the plan for 980.00 yuan, unless said otherwise."""
    given: dict[str, Any] = {
        "name": "12 months of Standard", "kind": "term", "plan_id": plan.id, "months": 12, "face_minor": 98000,
        "currency": "CNY", "tax_class": TaxClass.MULTI_PURPOSE,
    }  # fmt: skip
    return ProductWish(**(given | facts))


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Sealed files of a test lie in a folder of its own."""
    monkeypatch.setattr(django_settings, "CARD_VAULT_DIR", tmp_path / "vault")
    return tmp_path / "vault"


@pytest.fixture
def house(db: None) -> House:
    """Everybody."""
    provider = make_account(name="Perennial", portal="provider", time_zone="Asia/Shanghai")
    reseller = make_account(name="Xinghe", portal="reseller", parent=provider)
    rival = make_account(name="Kapu", portal="reseller", parent=provider)
    ann = actor(make_member(account=provider, portal="provider", role="operator"))
    bo = actor(make_member(account=provider, portal="provider", role="operator"))
    clerk = actor(make_member(account=reseller, portal="reseller", role="clerk"))
    plan = Plan.objects.create(seller=provider, code="standard", name="Standard", created_at=AT)
    product = create_product(wish=wish(plan), by=ann, at=AT)
    product = offer_product(product_id=product.id, by=ann, at=AT)
    return House(
        provider=provider, reseller=reseller, rival=rival, ann=ann, bo=bo, clerk=clerk, plan=plan, product=product
    )  # fmt: skip


def made_batch(house: House, *, count: int = 20, product: CardProduct | None = None) -> CardBatch:
    """A batch whose cards are there, not exported yet."""
    batch = order_batch(
        product_id=(product or house.product).id, count=count, request_key=str(new_id()), by=house.ann, at=AT
    )  # fmt: skip
    batch = approve_batch(batch_id=batch.id, by=house.bo, at=AT)
    assert batch.job_id is not None
    jobs.run_to_end(job_id=batch.job_id, at=clock.now())
    batch.refresh_from_db()
    return batch


def opened_batch(house: House, **facts: Any) -> CardBatch:
    """A batch whose cards may be shipped, sold and redeemed. Its way there is the export's own test."""
    batch = made_batch(house, **facts)
    CardBatch.objects.filter(id=batch.id).update(status="open", exported_at=AT, opened_at=AT)
    batch.refresh_from_db()
    return batch


def codes_of(batch: CardBatch) -> dict[int, str]:
    """The secrets by counter, as long as the sealed file is there."""
    return dict(enumerate(read_codes(batch), start=1))
