"""Cards on their way: sent by the provider, received by the reseller, or called back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from prepaid_cards.errors import BadRange, BatchStateForbids, NothingToDo, UnknownReseller
from prepaid_cards.events import CardsReceived, CardsShipped
from prepaid_cards.models import (
    SHIPMENT_MOVES,
    BatchKind,
    BatchStatus,
    CardBatch,
    CardShipment,
    CardStatus,
    CardVerb,
    ShipmentStatus,
)
from provider.accounts.models import Portal, Profile
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_id
from provider.kernel.state import move

from .locks import lock_batch, lock_shipment
from .runs import Told, move_range


def ship(
    *,
    batch_id: UUID,
    first: int,
    last: int,
    to_account_id: UUID,
    note: str = "",
    is_told: bool = True,
    by: Actor,
    at: datetime,
) -> CardShipment:
    """Send the cards `first` to `last` that are in the store to a reseller. Stock is memo only: nothing is owed yet.

    Without `is_told` the caller's own entry in the history tells of it, here and below.
    """
    with transaction.atomic():
        batch = lock_batch(batch_id)
        check_range(batch, first=first, last=last)
        if batch.kind != BatchKind.PRINTED or batch.status not in (BatchStatus.EXPORTED, BatchStatus.OPEN):
            raise BatchStateForbids(prefix=batch.prefix, state=BatchStatus(batch.status).label)
        if not is_reseller(to_account_id):
            raise UnknownReseller(field="to_account")

        shipment_id = new_id()
        count = move_range(
            batch=batch, first=first, last=last, froms=[CardStatus.GENERATED], to=CardStatus.SHIPPED,
            changes={"holder_id": "%(holder)s"}, values={"holder": to_account_id},
            told=Told(verb=CardVerb.SHIPPED, account_id=to_account_id, act_id=shipment_id, reason=note), by=by, at=at,
        )  # fmt: skip
        if not count:
            raise NothingToDo()
        shipment = CardShipment.objects.create(
            id=shipment_id, batch=batch, first=first, last=last, count=count, to_account_id=to_account_id, note=note,
            sent_at=at, sent_by_id=by.user_id,
        )  # fmt: skip

        if is_told:
            _record(shipment, verb="cards.shipped", by=by, at=at)
        outbox.publish(
            CardsShipped(account_id=to_account_id, shipment_id=shipment.id, batch_id=batch.id, count=count), at=at
        )
        return shipment


def receive(*, shipment_id: UUID, account_id: UUID, is_told: bool = True, by: Actor, at: datetime) -> CardShipment:
    """Put what has arrived on the reseller's shelf. Cards that were frozen or voided on the way stay what they are."""
    with transaction.atomic():
        shipment = lock_shipment(shipment_id)
        if shipment.to_account_id != account_id:
            raise NotFound()
        if shipment.status == ShipmentStatus.RECEIVED:
            return shipment
        move(shipment, to=ShipmentStatus.RECEIVED, transitions=SHIPMENT_MOVES, ended_at=at, ended_by_id=by.user_id)
        count = move_range(
            batch=shipment.batch, first=shipment.first, last=shipment.last, froms=[CardStatus.SHIPPED],
            to=CardStatus.RECEIVED, changes={}, values={}, held_by=account_id,
            told=Told(verb=CardVerb.RECEIVED, account_id=account_id, act_id=shipment.id), by=by, at=at,
        )  # fmt: skip

        if is_told:
            _record(shipment, verb="cards.received", by=by, at=at)
        outbox.publish(
            CardsReceived(account_id=account_id, shipment_id=shipment.id, batch_id=shipment.batch_id, count=count),
            at=at,
        )
        return shipment


def call_back(*, shipment_id: UUID, reason: str, is_told: bool = True, by: Actor, at: datetime) -> CardShipment:
    """Take a shipment back into the store before it was received."""
    with transaction.atomic():
        shipment = lock_shipment(shipment_id)
        move(shipment, to=ShipmentStatus.CALLED_BACK, transitions=SHIPMENT_MOVES, ended_at=at, ended_by_id=by.user_id)
        move_range(
            batch=shipment.batch, first=shipment.first, last=shipment.last, froms=[CardStatus.SHIPPED],
            to=CardStatus.GENERATED, changes={"holder_id": "null"}, values={}, held_by=shipment.to_account_id,
            told=Told(
                verb=CardVerb.CALLED_BACK, account_id=shipment.to_account_id, act_id=shipment.id, reason=reason
            ),
            by=by, at=at,
        )  # fmt: skip

        if is_told:
            _record(shipment, verb="cards.called_back", reason=reason, by=by, at=at)
        return shipment


def check_range(batch: CardBatch, *, first: int, last: int) -> None:
    """A range lies inside the batch and is not upside down."""
    if not 1 <= first <= last <= batch.total_count:
        raise BadRange(field="first", last=batch.total_count)


def is_reseller(account_id: UUID) -> bool:
    """Whether cards may stand on this account's shelf."""
    return Profile.objects.filter(account_id=account_id, portal=Portal.RESELLER).exists()


def facts_of(shipment: CardShipment) -> dict[str, str | int]:
    """Which cards a shipment holds, as the history tells it."""
    return {"batch": shipment.batch.prefix, "first": shipment.first, "last": shipment.last, "count": shipment.count}


def _record(shipment: CardShipment, *, verb: str, reason: str = "", by: Actor, at: datetime) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="card_shipment", subject_id=shipment.id, account_id=shipment.to_account_id,
        at=at, reason=reason, after=facts_of(shipment),
    )  # fmt: skip
