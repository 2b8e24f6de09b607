"""What can be shipped, what is on its way, and what came of it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from prepaid_cards.models import BatchKind, BatchStatus, CardBatch, CardStatus, ShipmentStatus
from prepaid_cards.queries.cards import cards_in, counts_of
from provider.kernel.errors import NotFound
from resellers.models import StockTransfer


def batches_in_store() -> QuerySet[CardBatch]:
    """Printed batches of which cards lie in the provider's store, the newest first, with `store_count`."""
    rows = CardBatch.objects.filter(
        kind=BatchKind.PRINTED, status__in=[BatchStatus.EXPORTED, BatchStatus.OPEN]
    ).select_related("product")
    inside = Count("cards", filter=Q(cards__status=CardStatus.GENERATED, cards__is_canary=False))
    return rows.annotate(store_count=inside).filter(store_count__gt=0).order_by("-ordered_at", "-id")


def access_batch(batch_id: UUID) -> CardBatch:
    """A batch, for the provider's people."""
    batch = CardBatch.objects.select_related("product").filter(id=batch_id).first()
    if batch is None:
        raise NotFound()
    return batch


def range_counts(batch: CardBatch, *, first: int, last: int) -> dict[str, int]:
    """How many cards of a range are in which state: only those in the store would be shipped."""
    return counts_of(cards_in(batch_id=batch.id, first=first, last=last))


def transfers() -> QuerySet[StockTransfer]:
    """All shipments on account."""
    return StockTransfer.objects.select_related("shipment__batch__product", "shipment__sent_by", "reseller")


def transfers_to(reseller_id: UUID) -> QuerySet[StockTransfer]:
    """What was sent to a reseller, the newest first."""
    return transfers().filter(reseller_id=reseller_id).order_by("-sent_at", "-id")


def on_their_way(reseller_id: UUID) -> QuerySet[StockTransfer]:
    """What the reseller has still to receive."""
    return transfers_to(reseller_id).filter(shipment__status=ShipmentStatus.SENT)


def access_transfer(*, transfer_id: UUID, reseller_id: UUID | None = None) -> StockTransfer:
    """A shipment; with `reseller_id` only if it was sent there."""
    rows = transfers() if reseller_id is None else transfers_to(reseller_id)
    transfer = rows.filter(id=transfer_id).first()
    if transfer is None:
        raise NotFound()
    return transfer
