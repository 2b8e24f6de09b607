"""What happened to cards. Mass acts are one event with the range, never one per card; no event holds a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from provider.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchGenerated(Event):
    name: ClassVar[str] = "prepaid_cards.batch_generated"
    batch_id: UUID
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSecretsDestroyed(Event):
    name: ClassVar[str] = "prepaid_cards.batch_secrets_destroyed"
    batch_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsShipped(Event):
    """`account_id` is the reseller to whom they go."""

    name: ClassVar[str] = "prepaid_cards.cards_shipped"
    shipment_id: UUID
    batch_id: UUID
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsReceived(Event):
    name: ClassVar[str] = "prepaid_cards.cards_received"
    shipment_id: UUID
    batch_id: UUID
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsActivated(Event):
    """A sale: `account_id` is the seller."""

    name: ClassVar[str] = "prepaid_cards.cards_activated"
    activation_id: UUID
    serials: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationReversed(Event):
    name: ClassVar[str] = "prepaid_cards.activation_reversed"
    activation_id: UUID
    serials: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRangeChanged(Event):
    """Cards of a range were frozen, released, voided or extended: as many as could be."""

    name: ClassVar[str] = "prepaid_cards.card_range_changed"
    batch_id: UUID
    verb: str
    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRedeemed(Event):
    """`account_id` is whose service was extended; `seller_id` who sold the card."""

    name: ClassVar[str] = "prepaid_cards.card_redeemed"
    redemption_id: UUID
    card_id: int
    serial: str
    seller_id: UUID | None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionUndone(Event):
    name: ClassVar[str] = "prepaid_cards.redemption_undone"
    redemption_id: UUID
    card_id: int
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTryRefused(Event):
    """Somebody showed a secret that was refused. `card_id` is nothing where no card has it.

    Published for every refused try alike, so that none of them costs more work than another.
    """

    name: ClassVar[str] = "prepaid_cards.card_try_refused"
    outcome: str
    card_id: int | None
    block: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAlertRaised(Event):
    """Cards around one that was tried are frozen until an operator has looked."""

    name: ClassVar[str] = "prepaid_cards.card_alert_raised"
    alert_id: int
    batch_id: UUID
    kind: str
    serial: str
    count: int
