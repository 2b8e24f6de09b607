"""Resellers with terms, stores and people, for tests that do not care how they came to be."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from prepaid_cards.models import Card, CardBatch, CardProduct, CardShipment
from prepaid_cards.rules.serials import serials_of, shown
from provider.accounts.models import Account, Membership
from provider.accounts.rules.permissions import permissions_of
from provider.kernel.actor import Actor
from resellers.models import Agreement, Store
from resellers.operations.sales import Basket
from tests.factories import AT, make_account, make_member

_prefixes = itertools.count(1)


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


def make_shop() -> Account:
    """A reseller with an agreement and a store, and the provider whose cards it sells."""
    make_account(name="Perennial", portal="provider")
    shop = make_reseller()
    make_agreement(reseller=shop)
    make_store(reseller=shop)
    return shop


def actor_for(member: Membership) -> Actor:
    """The member, acting with all the permissions of its role."""
    return Actor(
        kind="person", user_id=member.user_id, account_id=member.account_id, portal=member.portal, role=member.role,
        permissions=permissions_of(portal=member.portal, role=member.role, is_acting_for=False),
    )  # fmt: skip


def make_person(*, reseller: Account, role: str = "clerk") -> Actor:
    """Somebody of the reseller's team, as actor."""
    return actor_for(make_member(account=reseller, portal="reseller", role=role))


def make_card_product(*, name: str = "12 months of Team", face: int = 598_00, **facts: Any) -> CardProduct:
    """A product that fills a balance, so that it needs no plan."""
    given = {"kind": "top_up", "top_up_minor": max(face, 1), "currency": "CNY", "tax_class": "multi_purpose"}
    given |= {"status": "offered", "created_at": AT, "offered_at": AT}
    return CardProduct.objects.create(name=name, face_minor=face, **given | facts)


def make_batch(*, product: CardProduct | None = None, count: int = 10, **facts: Any) -> CardBatch:
    """A batch that is open, with its cards in the provider's store."""
    product = product or make_card_product()
    prefix = f"26{next(_prefixes):04d}"
    given = {"status": "open", "approved_at": AT, "exported_at": AT, "opened_at": AT, "needs_second_person": False}
    batch = CardBatch.objects.create(
        product=product, prefix=prefix, request_key=prefix, count=count, made_count=count,
        face_minor=product.face_minor, currency=product.currency, tax_class=product.tax_class,
        tax_rate=product.tax_rate, redeem_by=product.redeem_by, ordered_at=AT, **given | facts,
    )  # fmt: skip
    Card.objects.bulk_create(
        Card(
            batch=batch, counter=counter, serial=serial, secret_hmac=sha256(serial.encode()).digest(), key_path="k1"
        )
        for counter, serial in enumerate(serials_of(prefix=prefix, first=1, count=count), start=1)
    )  # fmt: skip
    return batch


def make_shelf(*, reseller: Account, count: int = 10, status: str = "received", **facts: Any) -> list[str]:
    """Cards of one batch on a reseller's shelf; their serials as they are printed."""
    batch = make_batch(count=count, **facts)
    CardShipment.objects.create(
        batch=batch, first=1, last=count, count=count, to_account=reseller, sent_at=AT,
        status="sent" if status == "shipped" else "received", ended_at=None if status == "shipped" else AT,
    )  # fmt: skip
    Card.objects.filter(batch=batch).update(holder=reseller, status=status)
    return [shown(card.serial) for card in Card.objects.filter(batch=batch).order_by("counter")]


def card_of(serial: str) -> Card:
    """The card as it is now."""
    return Card.objects.select_related("batch").get(serial=serial.replace("-", ""))


def basket(serials: Sequence[str], **facts: Any) -> Basket:
    """These cards, paid in cash."""
    return Basket(serials=serials, **{"paid_by": "cash"} | facts)
