"""Row locks by name. Order: batch, shipment, cards by id, then what lies below (subscription).

Whoever redeems locks one card and no batch, so that redemptions never wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from prepaid_cards.models import Card, CardAlert, CardBatch, CardExport, CardProduct, CardShipment, Redemption
from provider.kernel.errors import NotFound


def lock_product(product_id: UUID) -> CardProduct:
    """The product, so that its content does not change while cards of it are ordered."""
    product = CardProduct.objects.select_for_update().filter(id=product_id).first()
    if product is None:
        raise NotFound()
    return product


def lock_batch(batch_id: UUID) -> CardBatch:
    """The batch, so that acts on ranges of it happen one after the other."""
    rows = CardBatch.objects.select_related("product").select_for_update(of=("self",))
    batch = rows.filter(id=batch_id).first()
    if batch is None:
        raise NotFound()
    return batch


def lock_export(export_id: UUID) -> CardExport:
    """The export; its batch is locked first."""
    found = CardExport.objects.filter(id=export_id).values_list("batch_id", flat=True).first()
    if found is None:
        raise NotFound()
    batch = lock_batch(found)
    export = CardExport.objects.select_for_update().get(id=export_id)
    export.batch = batch
    return export


def lock_shipment(shipment_id: UUID) -> CardShipment:
    """The shipment; its batch is locked first."""
    found = CardShipment.objects.filter(id=shipment_id).values_list("batch_id", flat=True).first()
    if found is None:
        raise NotFound()
    batch = lock_batch(found)
    shipment = CardShipment.objects.select_for_update().get(id=shipment_id)
    shipment.batch = batch
    return shipment


def lock_alert(alert_id: int) -> CardAlert:
    """The alarm; its batch is locked first."""
    found = CardAlert.objects.filter(id=alert_id).values_list("batch_id", flat=True).first()
    if found is None:
        raise NotFound()
    batch = lock_batch(found)
    alert = CardAlert.objects.select_for_update().get(id=alert_id)
    alert.batch = batch
    return alert


def lock_cards(serials: Sequence[str]) -> list[Card]:
    """The cards of these serials, always in the order of their ids."""
    rows = Card.objects.select_related("batch", "activation").select_for_update(of=("self",))
    return list(rows.filter(serial__in=serials).order_by("id"))


def lock_card(card_id: int) -> Card:
    """One card, as it is now."""
    rows = Card.objects.select_related("batch__product", "activation__seller").select_for_update(of=("self",))
    return rows.get(id=card_id)


def lock_redemption(redemption_id: UUID) -> Redemption:
    """The redemption; its card is locked first."""
    found = Redemption.objects.filter(id=redemption_id).values_list("card_id", flat=True).first()
    if found is None:
        raise NotFound()
    card = lock_card(found)
    redemption = Redemption.objects.select_for_update().get(id=redemption_id)
    redemption.card = card
    return redemption
