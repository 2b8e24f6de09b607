"""Shipping on account in two steps: the provider sends, the reseller receives and says what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from prepaid_cards.errors import SerialMistyped
from prepaid_cards.models import Card, CardShipment, CardStatus, ShipmentStatus
from prepaid_cards.operations.ranges import freeze_range
from prepaid_cards.operations.shipments import call_back, facts_of, receive, ship
from prepaid_cards.rules.serials import BadSerial, normalise, read_serial, shown
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from resellers.errors import MissingNotInShipment, NoAgreement, ShipmentOver
from resellers.events import StockReceived, StockShipped
from resellers.models import MissingCard, StockTransfer
from resellers.queries.agreements import agreement_in_force
from resellers.queries.shipping import access_batch

from .locks import lock_reseller


def ship_stock(
    *, reseller_id: UUID, batch_id: UUID, first: int, last: int, note: str = "", by: Actor, at: datetime
) -> StockTransfer:
    """Send a range of cards to a reseller on account, under the terms in force. Nothing is owed until it sells."""
    with transaction.atomic():
        reseller = lock_reseller(reseller_id)
        batch = access_batch(batch_id)
        agreement = agreement_in_force(reseller_id=reseller.id, currency=batch.currency, at=at)
        if agreement is None:
            raise NoAgreement(field="reseller", currency=batch.currency)

        shipment = ship(
            batch_id=batch.id, first=first, last=last, to_account_id=reseller.id, note=note.strip(), is_told=False,
            by=by, at=at,
        )  # fmt: skip
        transfer = StockTransfer.objects.create(
            shipment=shipment, reseller=reseller, agreement=agreement, count=shipment.count,
            face_minor=shipment.count * batch.face_minor, currency=batch.currency, sent_at=at,
        )  # fmt: skip

        audit.record(
            by=by, verb="stock.shipped", subject_kind="stock_transfer", subject_id=transfer.id,
            account_id=reseller.id, at=at, after={**facts_of(shipment), "face_minor": transfer.face_minor},
        )  # fmt: skip
        outbox.publish(
            StockShipped(account_id=reseller.id, transfer_id=transfer.id, count=transfer.count), at=at
        )  # fmt: skip
        return transfer


def note_shipment(*, shipment_id: UUID, at: datetime) -> StockTransfer:
    """Write a shipment that was sent without `ship_stock` into the reseller's deliveries, once."""
    with transaction.atomic():
        shipment = CardShipment.objects.select_related("batch").filter(id=shipment_id).first()
        if shipment is None:
            raise NotFound()
        batch = shipment.batch
        agreement = agreement_in_force(
            reseller_id=shipment.to_account_id, currency=batch.currency, at=shipment.sent_at
        )  # fmt: skip
        facts = {
            "reseller_id": shipment.to_account_id, "agreement": agreement, "count": shipment.count,
            "face_minor": shipment.count * batch.face_minor, "currency": batch.currency, "sent_at": shipment.sent_at,
        }  # fmt: skip
        transfer, _made = StockTransfer.objects.get_or_create(shipment=shipment, defaults=facts)
        return transfer


def receive_stock(
    *, reseller_id: UUID, transfer_id: UUID, missing: Sequence[str] = (), by: Actor, at: datetime
) -> StockTransfer:
    """Put what arrived on the shelf. Cards named as missing are frozen, so that nobody sells them; once found and
    released they are on the shelf like the others.

    Received once: whoever comes second finds the first one's answer, unless they name missing cards.
    """
    with transaction.atomic():
        lock_reseller(reseller_id)
        transfer = _transfer(reseller_id=reseller_id, transfer_id=transfer_id)
        if transfer.shipment.status == ShipmentStatus.RECEIVED and not missing:
            return transfer
        if transfer.shipment.status != ShipmentStatus.SENT:
            raise ShipmentOver()
        cards = _missing(transfer, typed=missing)

        transfer.shipment = receive(
            shipment_id=transfer.shipment_id, account_id=reseller_id, is_told=False, by=by, at=at
        )  # fmt: skip
        MissingCard.objects.bulk_create(MissingCard(transfer=transfer, card=card, serial=card.serial) for card in cards)
        for card in cards:
            freeze_range(
                batch_id=card.batch_id, first=card.counter, last=card.counter,
                reason="Missing when its shipment was received", by=by, at=at,
            )  # fmt: skip
        transfer.missing_count = len(cards)
        transfer.save(update_fields=["missing_count"])

        audit.record(
            by=by, verb="stock.received", subject_kind="stock_transfer", subject_id=transfer.id,
            account_id=reseller_id, at=at,
            after={**facts_of(transfer.shipment), "missing": [card.serial for card in cards]},
        )  # fmt: skip
        outbox.publish(
            StockReceived(
                account_id=reseller_id, transfer_id=transfer.id, count=transfer.count - len(cards),
                missing_count=len(cards),
            ),
            at=at,
        )  # fmt: skip
        return transfer


def call_stock_back(*, transfer_id: UUID, reason: str, by: Actor, at: datetime) -> StockTransfer:
    """Take a shipment that nobody has received back into the provider's store."""
    with transaction.atomic():
        found = StockTransfer.objects.filter(id=transfer_id).values_list("reseller_id", flat=True).first()
        if found is None:
            raise NotFound()
        lock_reseller(found)
        transfer = _transfer(reseller_id=found, transfer_id=transfer_id)
        if transfer.shipment.status != ShipmentStatus.SENT:
            raise ShipmentOver()

        transfer.shipment = call_back(
            shipment_id=transfer.shipment_id, reason=reason.strip(), is_told=False, by=by, at=at
        )  # fmt: skip

        audit.record(
            by=by, verb="stock.called_back", subject_kind="stock_transfer", subject_id=transfer.id, account_id=found,
            at=at, after=facts_of(transfer.shipment), reason=reason.strip(),
        )  # fmt: skip
        return transfer


def _transfer(*, reseller_id: UUID, transfer_id: UUID) -> StockTransfer:
    rows = StockTransfer.objects.select_for_update(of=("self",)).select_related("shipment__batch", "reseller")
    transfer = rows.filter(id=transfer_id, reseller_id=reseller_id).first()
    if transfer is None:
        raise NotFound()
    return transfer


def _missing(transfer: StockTransfer, *, typed: Sequence[str]) -> list[Card]:
    """The cards named as missing, each of which must be on its way in this shipment."""
    wanted: list[str] = []
    for text in typed:
        try:
            read_serial(text)
        except BadSerial:
            raise SerialMistyped(field="missing", serial=text[:40]) from None
        if normalise(text) not in wanted:
            wanted.append(normalise(text))
    shipment = transfer.shipment
    under_way = Card.objects.filter(
        batch_id=shipment.batch_id, counter__gte=shipment.first, counter__lte=shipment.last,
        holder_id=transfer.reseller_id, status=CardStatus.SHIPPED, serial__in=wanted,
    )  # fmt: skip
    by_serial = {card.serial: card for card in under_way}
    for serial in wanted:
        if serial not in by_serial:
            raise MissingNotInShipment(field="missing", serial=shown(serial))
    return [by_serial[serial] for serial in wanted]
