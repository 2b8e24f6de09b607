"""What happened to documents and money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from provider.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived(Event):
    """Money arrived; what no invoice took is unapplied."""

    name: ClassVar[str] = "invoices.payment_received"

    payment_id: UUID
    method: str
    currency: str
    amount_minor: int
    unapplied_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaid(Event):
    """Nothing of an invoice is open any more, and money was the last to settle it."""

    name: ClassVar[str] = "invoices.invoice_paid"

    invoice_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(Event):
    """A try to pay an invoice was refused; the payer may try again."""

    name: ClassVar[str] = "invoices.payment_failed"

    invoice_id: UUID
    attempt_id: UUID
    failure_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPaid(Event):
    """Money went back for a credit note."""

    name: ClassVar[str] = "invoices.refund_paid"

    refund_id: UUID
    credit_note_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsFinalized(Event):
    """Invoices and credit notes were made: of one account, or of many by a run (no `account_id`)."""

    name: ClassVar[str] = "invoices.documents_finalized"

    invoice_ids: list[UUID]
    credit_note_ids: list[UUID]
    run_id: UUID | None = None
