"""Electronic cards: made one by one when somebody asks, their secret shown or sent once and kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from plans.rules.catalogue.naming import in_language
from prepaid_cards.errors import CardIssuedBefore, NoElectronicCards, NoElectronicTwin
from prepaid_cards.models import Activation, BatchKind, BatchStatus, Card, CardBatch, CardEvent, CardStatus, CardVerb
from prepaid_cards.queries.cards import provider_account
from prepaid_cards.rules.codes import draw, grouped
from prepaid_cards.rules.serials import serial_of, shown
from provider.accounts.models import Account
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.messages.operations import messages

from .cards import activate
from .locks import lock_batch

_WORTH: Final = ("face_minor", "currency", "tax_class", "tax_rate")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Issued:
    """A card and its secret: in memory only, for whoever bought it."""

    card: Card
    code: str

    @property
    def code_shown(self) -> str:
        """In four groups, as it is typed."""
        return grouped(self.code)

    @property
    def link(self) -> str:
        """Where it is redeemed; the secret stands after `#`, which no browser sends to a server."""
        return f"{settings.SITE_URL}/redeem/#{self.code}"


def make_electronic(
    *, product_id: UUID, holder_id: UUID | None, like: Card | None = None, by: Actor, at: datetime
) -> Issued:
    """A new card of the product's open electronic batch: in the own store, or on the holder's shelf to be sold.

    With `like` only of a batch in which a card is worth, and taxed, exactly as that one.
    """
    with transaction.atomic():
        batch = _batch_with_room(product_id, like=like)

        (code,) = draw(1)
        key, counter = settings.CARD_KEYS.newest, batch.made_count + 1
        card = Card.objects.create(
            batch=batch, counter=counter, serial=serial_of(prefix=batch.prefix, counter=counter), holder_id=holder_id,
            secret_hmac=key.digest(code.encode()), key_path=key.name,
            status=CardStatus.RECEIVED if holder_id else CardStatus.GENERATED,
        )  # fmt: skip
        batch.made_count = counter
        batch.save(update_fields=["made_count"])

        CardEvent.objects.create(
            batch=batch, first=counter, last=counter, verb=CardVerb.GENERATED, at=at, account_id=holder_id,
            user_id=by.user_id,
        )  # fmt: skip
        audit.record(
            by=by, verb="card.made", subject_kind="card_batch", subject_id=batch.id,
            account_id=holder_id or by.account_id, at=at, after={"serial": shown(card.serial)},
        )  # fmt: skip
        return Issued(card=card, code=code)


def issue_card(
    *, product_id: UUID, request_key: str, reference: str = "", to_email: str = "", language: str = "", by: Actor,
    at: datetime,
) -> Issued:  # fmt: skip
    """Make a card and sell it from the provider's own store; with an address its secret leaves by e-mail.

    A `request_key` that was used is refused: what was shown once cannot be shown again.
    """
    seller = provider_account()
    with transaction.atomic():
        check_key_unused(seller_id=seller.id, request_key=request_key)
        issued = make_electronic(product_id=product_id, holder_id=None, by=by, at=at)
        activate(
            seller_id=seller.id, serials=[issued.card.serial], receipt=reference, request_key=request_key,
            from_store=True, by=by, at=at,
        )  # fmt: skip
        issued.card.refresh_from_db()
        if to_email:
            send_card(issued, seller=seller, to_email=to_email, language=language, by=by, at=at)
        return issued


def check_key_unused(*, seller_id: UUID, request_key: str) -> None:
    """A sale under this key was made before: its card's secret was shown then, and is not here any more."""
    earlier = Card.objects.filter(activation__seller_id=seller_id, activation__request_key=request_key).first()
    if earlier is not None:
        raise CardIssuedBefore(field="request_key", serial=shown(earlier.serial))
    if Activation.objects.filter(seller_id=seller_id, request_key=request_key).exists():
        raise CardIssuedBefore(field="request_key", serial="")


def send_card(issued: Issued, *, seller: Account, to_email: str, language: str, by: Actor, at: datetime) -> None:
    """The one e-mail that carries a secret; what is kept of it is sealed and wiped when it has left."""
    card = issued.card
    product = in_language(card.batch.product.names, language or seller.language)
    messages.send(
        key="electronic_card", account=seller, to_email=to_email, channels=["email"], language=language or None,
        params={"product": product, "serial": shown(card.serial), "seller_name": seller.name},
        secret_params={"code": issued.code_shown, "link": issued.link}, at=at, by=by,
    )  # fmt: skip


def _batch_with_room(product_id: UUID, *, like: Card | None) -> CardBatch:
    rows = CardBatch.objects.filter(
        product_id=product_id, kind=BatchKind.ELECTRONIC, status=BatchStatus.OPEN, made_count__lt=F("count")
    ).order_by("ordered_at", "id")
    if like is not None:
        rows = rows.filter(**{name: getattr(like.batch, name) for name in _WORTH})
        if until_of(like) is None:
            rows = rows.filter(redeem_before=None)
    for batch_id in rows.values_list("id", flat=True):
        batch = lock_batch(batch_id)
        if batch.status == BatchStatus.OPEN and batch.made_count < batch.count:
            return batch
    if like is not None:
        raise NoElectronicTwin(product=like.batch.product.own_name)
    raise NoElectronicCards(field="product_id")


def until_of(card: Card) -> datetime | None:
    """The first instant at which the card is not taken any more; None where it has no end."""
    return card.redeem_before or card.batch.redeem_before
