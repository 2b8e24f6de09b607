"""Rows of cards for tests that only look at them, written straight to the tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prepaid_cards.models import (
    Activation,
    BreakageMonth,
    Campaign,
    Card,
    CardAlert,
    CardBatch,
    CardExport,
    CardProduct,
    CardReport,
    Redemption,
    WinBackOffer,
    WinBackRound,
)
from prepaid_cards.rules.serials import serial_of
from provider.accounts.models import Account, Membership
from tests.factories import AT


def make_product(**facts: Any) -> CardProduct:
    """A card that is offered: a hundred yuan of balance."""
    given: dict[str, Any] = {
        "name": "100 yuan", "kind": "top_up", "top_up_minor": 10000, "face_minor": 10000, "currency": "CNY",
        "tax_class": "multi_purpose", "status": "offered", "created_at": AT, "offered_at": AT,
    }  # fmt: skip
    return CardProduct.objects.create(**(given | facts))


def make_batch(*, product: CardProduct, count: int = 3, prefix: str = "250001", **facts: Any) -> CardBatch:
    """An open batch with cards in the store."""
    given: dict[str, Any] = {
        "request_key": prefix, "face_minor": product.face_minor, "currency": product.currency,
        "tax_class": product.tax_class, "redeem_by": "never", "status": "open", "needs_second_person": False,
        "ordered_at": AT, "approved_at": AT, "generated_at": AT, "exported_at": AT, "opened_at": AT,
        "key_destroyed_at": AT,
    }  # fmt: skip
    batch = CardBatch.objects.create(product=product, prefix=prefix, count=count, made_count=count, **(given | facts))
    Card.objects.bulk_create(
        Card(
            batch=batch, counter=counter, serial=serial_of(prefix=prefix, counter=counter),
            secret_hmac=f"{prefix}{counter:026d}".encode(), key_path="dev",
        )
        for counter in range(1, count + 1)
    )  # fmt: skip
    return batch


def make_export(*, batch: CardBatch, asked: Membership, approved: Membership) -> CardExport:
    """A printer's file that was confirmed."""
    return CardExport.objects.create(
        batch=batch, method="archive", printer="A printer", status="confirmed", requested_at=AT,
        requested_by=asked.user, approved_at=AT, approved_by=approved.user, made_at=AT, file_sha256=b"0" * 32,
        confirmed_at=AT, confirmed_by=approved.user,
    )  # fmt: skip


def make_campaign(**facts: Any) -> Campaign:
    """A month more for everybody, all year; described and not launched."""
    given: dict[str, Any] = {
        "name": "A month more", "starts_at": AT, "ends_at": AT + timedelta(days=300), "bonus_kind": "months",
        "bonus_amount": 1, "currency": "CNY", "created_at": AT,
    }  # fmt: skip
    return Campaign.objects.create(**(given | facts))


def make_cards(*, provider: Account) -> CardBatch:
    """A product, a batch with its export, and cards: what the operators' pages show."""
    asked, approved = Membership.objects.filter(account=provider).order_by("joined_at", "id")[:2]
    batch = make_batch(product=make_product(created_by=asked.user), ordered_by=asked.user)
    make_export(batch=batch, asked=asked, approved=approved)
    make_batch(product=batch.product, count=1, prefix="250000", kind="electronic", ordered_by=asked.user)
    CardAlert.objects.create(
        batch=batch, kind="unsold", counter=1, serial=serial_of(prefix=batch.prefix, counter=1), first=1, last=2,
        frozen_count=0, block="203.0.113.0/24", at=AT,
    )  # fmt: skip
    make_campaign(created_by=asked.user)
    chosen = WinBackRound.objects.create(chosen_at=AT, chosen_by=asked.user)
    WinBackOffer.objects.create(round=chosen, account=provider)
    BreakageMonth.objects.create(month=AT.date().replace(day=1), count=0, closed_at=AT)
    return batch


def make_redemption(*, account: Account, seller: Account, prefix: str) -> Redemption:
    """What an account has redeemed long ago: a card of its own batch."""
    batch = make_batch(product=make_product(name=f"{account.name} card"), count=1, prefix=prefix)
    sale = Activation.objects.create(
        seller=seller, request_key=prefix, request_hash=b"0" * 32, count=1, face_minor=batch.face_minor,
        currency=batch.currency, at=AT,
    )  # fmt: skip
    Card.objects.filter(batch=batch).update(
        status="redeemed", activation=sale, activated_at=AT, redeemed_at=AT, holder=seller
    )  # fmt: skip
    return Redemption.objects.create(
        card=Card.objects.get(batch=batch), account=account, kind="top_up", at=AT, face_minor=batch.face_minor,
        currency=batch.currency, tax_class=batch.tax_class, quote_digest=b"0" * 32,
        facts={"quote": {"beginning": "today"}, "access": "", "zone": "UTC"},
    )  # fmt: skip


def make_report(*, account: Account, shelf: Account) -> CardReport:
    """A holder says that the shop forgot to register a card that stands on its shelf."""
    card = Card.objects.filter(holder=shelf, status="received").order_by("id").first()
    assert card is not None
    return CardReport.objects.create(
        number="7KQM4TXD", kind="unsold", account=account, serial=card.serial, card=card, receipt="A-17", created_at=AT
    )
