"""Row locks by name. Order: batch, shipment, cards by id, then what lies below (subscription).

Whoever redeems locks one card and no batch, so that redemptions never wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from prepaid_cards.models import Card, CardAlert, CardBatch, CardExport, CardProduct, CardShipment, Redemption
from prepaid_cards.queries.redeeming import CARD_WITH_ALL, Places, card_in
from provider.accounts.models import Account
from provider.kernel.errors import NotFound
from provider.kernel.rows import row_in

_CARD: Final = f"{CARD_WITH_ALL} where c.id = %s for update of c"
_ACCOUNT: Final = """
select row_to_json(a)::text,
       exists (select from prepaid_cards_campaign where status = 'running' and starts_at <= %s and ends_at > %s),
       exists (select from prepaid_cards_cardbreakage where card_id = %s and reopened_at is null)
  from accounts_account a where a.id = %s for no key update of a
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What lies around a redemption: where the card is taken, whether a promotion runs, whether it was written off."""

    places: Places
    has_offers: bool
    is_broken: bool


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


def lock_to_redeem(*, card_id: int, account_id: UUID, at: datetime) -> tuple[Card, Account, Around]:
    """The card, and after it the account that it is for, so that neither moves; and what lies around them.

    Whoever writes a card off locks it too, so what the second question finds of it is as it stays.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"{_CARD};{_ACCOUNT}", [card_id, at, at, card_id, account_id])  # one after the other
        of_card = cursor.fetchone()
        cursor.nextset()
        of_account = cursor.fetchone()
    if of_card is None or of_account is None:
        raise NotFound()
    told, has_offers, is_broken = of_account
    card, places = card_in(of_card)
    return card, row_in(told, model=Account), Around(places=places, has_offers=has_offers, is_broken=is_broken)


def lock_redemption(redemption_id: UUID) -> Redemption:
    """The redemption; its card is locked first."""
    found = Redemption.objects.filter(id=redemption_id).values_list("card_id", flat=True).first()
    if found is None:
        raise NotFound()
    card = lock_card(found)
    redemption = Redemption.objects.select_for_update().get(id=redemption_id)
    redemption.card = card
    return redemption
