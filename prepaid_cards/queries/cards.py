"""Reads of cards: by serial, by shelf, and the history of one. No read returns a secret, because none is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from plans.rules.catalogue.naming import Names
from prepaid_cards.models import (
    Card,
    CardEvent,
    CardReplacement,
    CardShipment,
    CardStatus,
    CardVerb,
    Redemption,
    RedemptionStatus,
    ShipmentStatus,
)
from prepaid_cards.rules import serials
from provider.accounts.models import Account, Portal
from provider.kernel.errors import NotFound


def provider_account() -> Account:
    """The account in whose zone redeem-by dates are told: the provider's."""
    account = Account.objects.filter(profiles__portal=Portal.PROVIDER).first()
    if account is None:
        raise NotFound()
    return account


def access_card_by_serial(*, serial: str, seller_id: UUID | None = None) -> Card:
    """The card of a serial, however it was typed; with `seller_id` only if it is, or was sold, at that seller.

    A serial that cannot be one, one that is not there and one that is not yours are the same answer.
    """
    try:
        serials.read_serial(serial)
    except serials.BadSerial:
        raise NotFound(field="serial") from None
    rows = Card.objects.select_related("batch__product", "holder", "activation__seller")
    card = rows.filter(serial=serials.normalise(serial)).first()
    if card is None:
        raise NotFound(field="serial")
    if seller_id is not None and seller_id not in (card.holder_id, card.activation and card.activation.seller_id):
        raise NotFound(field="serial")
    return card


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a reseller has of one product in one batch."""

    batch_id: UUID
    prefix: str
    product_id: UUID
    name: str  # of the product
    name_hans: str
    name_hant: str
    face_minor: int
    currency: str
    shipped: int
    received: int
    sold: int
    redeemed: int
    frozen: int

    @property
    def names(self) -> Names:
        """The names of the product in English, Simplified and Traditional Chinese."""
        return self.name, self.name_hans, self.name_hant


def stock_of(seller_id: UUID) -> list[Stock]:
    """What stands on a reseller's shelf, what is on its way to it, and what it has sold, by batch."""
    rows = (
        Card.objects.filter(holder_id=seller_id)
        .values("batch_id")
        .annotate(
            prefix=F("batch__prefix"),
            product_id=F("batch__product_id"),
            name=F("batch__product__name"),
            name_hans=F("batch__product__name_hans"),
            name_hant=F("batch__product__name_hant"),
            face_minor=F("batch__face_minor"),
            currency=F("batch__currency"),
            shipped=Count("id", filter=Q(status=CardStatus.SHIPPED)),
            received=Count("id", filter=Q(status=CardStatus.RECEIVED)),
            sold=Count("id", filter=Q(status=CardStatus.ACTIVE)),
            redeemed=Count("id", filter=Q(status=CardStatus.REDEEMED)),
            frozen=Count("id", filter=Q(status=CardStatus.FROZEN)),
        )
        .order_by("name", "prefix")
    )
    return [Stock(**row) for row in rows]


def shipments_to(seller_id: UUID) -> QuerySet[CardShipment]:
    """What is on its way to a reseller, the oldest first."""
    rows = CardShipment.objects.filter(to_account_id=seller_id, status=ShipmentStatus.SENT)
    return rows.select_related("batch__product").order_by("sent_at", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of a card's history."""

    at: datetime
    verb: str
    account: Account | None = None
    user: object = None
    reason: str = ""
    act_id: UUID | None = None
    end_was: datetime | None = None  # of an extension
    end_is: datetime | None = None


def card_history(card: Card) -> list[Happening]:
    """What happened to one card from print to service, the oldest first."""
    mine = Q(first=card.counter, last=card.counter)
    around = Q(last__gt=F("first"), first__lte=card.counter, last__gte=card.counter)
    rows = CardEvent.objects.filter(mine | around, batch_id=card.batch_id).select_related("account", "user")
    told = [
        Happening(
            at=row.at,
            verb=row.verb,
            account=row.account,
            user=row.user,
            reason=row.reason,
            act_id=row.act_id,
            end_was=row.end_was,
            end_is=row.end_is,
        )
        for row in rows.order_by("id")
    ]
    for used in Redemption.objects.filter(card=card).select_related("account", "user", "undone_by").order_by("at"):
        told.append(Happening(at=used.at, verb="redeemed", account=used.account, user=used.user, act_id=used.id))
        if used.undone_at is not None:
            told.append(
                Happening(
                    at=used.undone_at, verb="undone", account=used.account, user=used.undone_by, act_id=used.id
                )
            )  # fmt: skip
    return sorted(told, key=lambda line: line.at)


def redeemer_of(card: Card) -> Account | None:
    """The account that has redeemed the card, where one has."""
    used = Redemption.objects.filter(card=card, status=RedemptionStatus.DONE).select_related("account").first()
    return used.account if used else None


def replacements_of(card: Card) -> tuple[CardReplacement | None, CardReplacement | None]:
    """The card that came in its place, and the one in whose place it came."""
    found = CardReplacement.objects.select_related("old", "new").filter(Q(old=card) | Q(new=card))
    by_old = {one.old_id: one for one in found}
    return by_old.get(card.id), next((one for old_id, one in by_old.items() if old_id != card.id), None)


def was_revived(card: Card) -> bool:
    """Whether it was taken for longer by goodwill before."""
    rows = CardEvent.objects.filter(batch_id=card.batch_id, first=card.counter, last=card.counter)
    return rows.filter(verb=CardVerb.REVIVED).exists()


def counts_of(rows: QuerySet[Card]) -> dict[str, int]:
    """How many cards are in which state."""
    return {row["status"]: row["n"] for row in rows.values("status").annotate(n=Count("id")).order_by("status")}


def ends_of(rows: QuerySet[Card]) -> list[tuple[str, datetime | None, int]]:
    """How many cards are in which state and taken until when (None: without an end), the earliest end first."""
    ends = rows.annotate(end=Coalesce("redeem_before", "batch__redeem_before"))
    counted = ends.values("status", "end").annotate(n=Count("id")).order_by(F("end").asc(nulls_last=True), "status")
    return [(row["status"], row["end"], row["n"]) for row in counted]


def cards_in(*, batch_id: UUID, first: int, last: int) -> QuerySet[Card]:
    """The cards of a range, canaries left out: they take part in nothing."""
    return Card.objects.filter(batch_id=batch_id, counter__gte=first, counter__lte=last, is_canary=False)
