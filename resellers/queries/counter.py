"""What lies on the counter: cards by their serials, each with what it costs or why it may not be sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import get_language

from plans.rules.catalogue.naming import Names, in_language
from prepaid_cards.errors import SerialMistyped
from prepaid_cards.models import BatchStatus, Card, TaxClass
from prepaid_cards.rules.serials import BadSerial, normalise, read_serial, shown
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from resellers.models import SaleLine
from resellers.rules.counter import CardFacts, why_not


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A card that may be sold now."""

    card_id: int
    serial: str
    shown: str
    product_id: UUID
    names: Names  # of the product
    face: Money
    is_owed: bool  # not for promotional cards: they are given away

    @property
    def product(self) -> str:
        """What the clerk calls the product."""
        return in_language(self.names, get_language() or "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What can be sold, in the order in which it was scanned, and what cannot, with the reason."""

    offers: list[Offer]
    refusals: list[Refusal]


def read_counter(*, serials: Sequence[str], reseller_id: UUID) -> Counter:
    """Judge each serial once, however it was typed and however often."""
    refusals: list[Refusal] = []
    wanted: list[str] = []
    for typed in serials:
        try:
            read_serial(typed)
        except BadSerial:
            refusals.append(SerialMistyped(field="serials", serial=typed[:40]))
            continue
        if (serial := normalise(typed)) not in wanted:
            wanted.append(serial)
    cards = _cards(wanted)
    receipts = receipts_of([card.id for card in cards.values()])
    offers: list[Offer] = []
    for serial in wanted:
        card = cards.get(serial)
        refusal = why_not(_facts(serial, card=card, receipts=receipts, reseller_id=reseller_id))
        if refusal is not None:
            refusals.append(refusal)
        elif card is not None:
            offers.append(_offer(card))
    return Counter(offers=offers, refusals=refusals)


def receipts_of(card_ids: Sequence[int]) -> dict[int, str]:
    """The receipt on which each card stands."""
    lines = SaleLine.objects.filter(card_id__in=card_ids, undone_at=None).select_related("sale__store")
    return {line.card_id: line.sale.receipt for line in lines}


def _cards(serials: Sequence[str]) -> dict[str, Card]:
    rows = Card.objects.filter(serial__in=serials).select_related("batch__product", "activation")
    return {card.serial: card for card in rows}


def _facts(serial: str, *, card: Card | None, receipts: dict[int, str], reseller_id: UUID) -> CardFacts:
    if card is None or card.is_canary or card.holder_id != reseller_id:
        return CardFacts(serial=shown(serial), is_ours=False)
    return CardFacts(
        serial=shown(serial),
        is_ours=True,
        status=card.status,
        is_batch_open=card.batch.status == BatchStatus.OPEN,
        receipt=receipts.get(card.id, card.activation.receipt if card.activation else ""),
    )


def _offer(card: Card) -> Offer:
    batch = card.batch
    return Offer(
        card_id=card.id,
        serial=card.serial,
        shown=shown(card.serial),
        product_id=batch.product_id,
        names=batch.product.names,
        face=Money(batch.face_minor, batch.currency),
        is_owed=batch.tax_class != TaxClass.PROMOTIONAL,
    )
