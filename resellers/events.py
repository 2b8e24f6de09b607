"""What happened between the provider, its resellers and their customers at the till."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from provider.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsAgreed(Event):
    """A version of the reseller's agreement; `account_id` is the reseller in all these events."""

    name: ClassVar[str] = "resellers.terms_agreed"
    agreement_id: UUID
    version: int
    valid_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementEnded(Event):
    name: ClassVar[str] = "resellers.agreement_ended"
    agreement_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOpened(Event):
    name: ClassVar[str] = "resellers.store_opened"
    store_id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreShut(Event):
    name: ClassVar[str] = "resellers.store_shut"
    store_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsSold(Event):
    """A receipt: how much the customer paid, and what the reseller keeps of it."""

    name: ClassVar[str] = "resellers.cards_sold"
    sale_id: UUID
    store_id: UUID
    count: int
    face_minor: int
    discount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleUndone(Event):
    name: ClassVar[str] = "resellers.sale_undone"
    sale_id: UUID
    store_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsReturned(Event):
    """Some cards of a receipt came back, and the others stay sold."""

    name: ClassVar[str] = "resellers.cards_returned"
    sale_id: UUID
    store_id: UUID
    count: int
    face_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockShipped(Event):
    name: ClassVar[str] = "resellers.stock_shipped"
    transfer_id: UUID
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReceived(Event):
    name: ClassVar[str] = "resellers.stock_received"
    transfer_id: UUID
    count: int
    missing_count: int
