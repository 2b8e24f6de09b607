"""What happens below and concerns resellers."""

from __future__ import annotations

from datetime import datetime

from prepaid_cards.events import CardsShipped
from provider.kernel import outbox
from resellers.operations.transfers import note_shipment


def connect() -> None:
    """Listen; called once, when the app is ready."""
    outbox.on(CardsShipped, shipment_left)


def shipment_left(event: CardsShipped, *, at: datetime) -> None:
    """Cards that were shipped from a batch's page are a delivery of the reseller like any other."""
    note_shipment(shipment_id=event.shipment_id, at=at)
