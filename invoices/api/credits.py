"""Credit notes for machines: read, and issued after a preview; and invoices that are voided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from invoices.errors import CreditUnclear
from invoices.models import CreditNote, Invoice
from invoices.operations.credit_notes import Credited, credit_invoice, spread, void_invoice
from invoices.queries.documents import (
    access_credit_note,
    access_invoice,
    credit_notes_open_to,
    creditable_lines,
    document_of,
    refund_owed,
)
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, LanguageName, Page, PageAsked, page_of, scope

from .amounts import Amount, Expected, money_of, told
from .documents import NEWEST_FIRST, LineShown
from .refunds import RefundShown

router = Router(tags=["Invoices"])
Reason = Annotated[str, Field(min_length=1, max_length=300, examples=["One day less"])]


class CreditNoteShown(Answer):
    """What was given back of an invoice: as money, or as credit. Amounts are in major units, as text."""

    id: UUID
    account_id: UUID
    invoice_id: UUID
    number: Annotated[str, Field(examples=["SH-CN-2026-000012"])]
    cause: Annotated[
        Literal["unused", "manual", "void", "corrected"],
        Field(description=N_("Time that was not served, by hand, an invoice voided, or usage taken back.")),
    ]
    reason: Annotated[str, Field(description=N_("As it stands on the credit note."))]
    issued_on: date
    language: LanguageName
    currency: Annotated[str, Field(examples=["CNY"])]
    subtotal: Annotated[str, Field(examples=["100.00"])]
    tax: Annotated[str, Field(examples=["6.00"])]
    total: Annotated[str, Field(examples=["106.00"])]
    refund: Annotated[str, Field(description=N_("What of it is money to be paid back."), examples=["0.00"])]
    refund_left: Annotated[str, Field(description=N_("What is not paid back yet."), examples=["0.00"])]
    credit: Annotated[str, Field(description=N_("What of it is credit for invoices."), examples=["106.00"])]
    credit_left: Annotated[str, Field(description=N_("What no invoice has used yet."), examples=["0.00"])]
    made_at: datetime

    @classmethod
    def of(cls, note: CreditNote) -> CreditNoteShown:
        return cls(**_facts(note))


class CreditNoteWithLines(CreditNoteShown):
    """The same with its lines, and with what was paid back."""

    lines: list[LineShown]
    refunds: list[RefundShown]


def _facts(note: CreditNote) -> dict[str, Any]:
    refunded = sum(one.amount_minor for one in note.refunds.all() if one.status != "failed")
    minors = {
        "subtotal": note.subtotal_minor,
        "tax": note.tax_minor,
        "total": note.total_minor,
        "refund": note.refund_minor,
        "refund_left": note.refund_minor - refunded,
        "credit": note.credit_minor,
        "credit_left": note.credit_minor - sum(use.amount_minor for use in note.uses.all()),
    }
    names = ("id", "account_id", "invoice_id", "cause", "reason", "issued_on", "language", "currency", "made_at")
    return {
        "number": note.number_text,
        **{name: getattr(note, name) for name in names},
        **{name: told(minor, currency=note.currency) for name, minor in minors.items()},
    }


class CreditNotesAsked(PageAsked):
    """Which credit notes."""

    account_id: Annotated[UUID | None, Field(description=N_("Only those of this account."))] = None
    invoice_id: Annotated[UUID | None, Field(description=N_("Only those of this invoice."))] = None
    is_refund_owed: Annotated[bool, Field(description=N_("Only those of which money is still to be paid back."))] = (
        False
    )


@router.get(
    "/credit-notes",
    response=Page[CreditNoteShown],
    operation_id="list_credit_notes",
    summary=N_("List credit notes"),
    description=N_("Newest first. The provider's key reads all, a subscriber's its own."),
)
@scope("invoices:read")
def list_credit_notes(request: HttpRequest, response: HttpResponse, asked: Query[CreditNotesAsked]) -> dict[str, Any]:
    rows = credit_notes_open_to(actor_of(request)).prefetch_related("refunds", "uses")
    if asked.account_id is not None:
        rows = rows.filter(account_id=asked.account_id)
    if asked.invoice_id is not None:
        rows = rows.filter(invoice_id=asked.invoice_id)
    if asked.is_refund_owed:
        rows = refund_owed(rows)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=NEWEST_FIRST,
        shape=CreditNoteShown.of,
        filters={
            "account_id": str(asked.account_id or ""),
            "invoice_id": str(asked.invoice_id or ""),
            "is_refund_owed": "true" if asked.is_refund_owed else "",
        },
    )


@router.get(
    "/credit-notes/{credit_note_id}",
    response=CreditNoteWithLines,
    operation_id="read_credit_note",
    summary=N_("Read a credit note"),
    description=N_("What it gives back, line by line, and what was paid back of it."),
)
@scope("invoices:read")
def read_credit_note(request: HttpRequest, credit_note_id: UUID) -> CreditNoteWithLines:
    note = access_credit_note(credit_note_id=credit_note_id, by=actor_of(request))
    return CreditNoteWithLines(
        **_facts(note),
        lines=[LineShown.of(line, currency=note.currency) for line in document_of(note).lines],
        refunds=[RefundShown.of(refund) for refund in note.refunds.order_by("created_at", "id")],
    )


# --- Giving back ---


class CreditableLine(Answer):
    """A line of an invoice, and what of it can still be given back."""

    id: int
    title: Annotated[str, Field(examples=["Training on site"])]
    left: Annotated[str, Field(description=N_("Before discount and tax."), examples=["300.00"])]


class Creditable(Answer):
    """What of an invoice can still be given back."""

    invoice_id: UUID
    currency: Annotated[str, Field(examples=["CNY"])]
    lines: list[CreditableLine]


class LineCredit(BaseModel):
    """An amount of one line."""

    id: Annotated[int, Field(description=N_("As listed under `creditable`."))]
    amount: Annotated[Amount, Field(description=N_("Before discount and tax."), examples=["100.00"])]


class CreditAsked(Given):
    """What is given back: an amount, amounts by line, or with neither all that is left."""

    amount: Annotated[
        Amount | None, Field(description=N_("Spread over the lines; before discount and tax."), examples=["100.00"])
    ] = None
    lines: Annotated[
        list[LineCredit] | None,
        Field(min_length=1, max_length=1000, description=N_("Instead of `amount`: by line.")),
    ] = None
    how: Annotated[
        Literal["settle", "credit", "refund"],
        Field(
            description=N_(
                "`settle` takes it off what is still open on this invoice, and the rest is credit; `credit` keeps all "
                "of it for later invoices; `refund` is paid back as far as it was paid."
            )
        ),
    ] = "settle"
    reason: Annotated[Reason, Field(description=N_("It stands on the credit note."))]
    preview: Annotated[bool, Field(description=N_("Only say what it would make; nothing is changed."))] = False
    expected: Expected = None

    def amounts_of(self, invoice: Invoice) -> Mapping[int, int] | None:
        """Minor units by line; None for all that is left."""
        if self.lines is not None:
            if self.amount is not None or len({line.id for line in self.lines}) < len(self.lines):
                raise CreditUnclear(field="lines")
            return {
                line.id: money_of(line.amount, currency=invoice.currency, field="lines").minor for line in self.lines
            }
        if self.amount is None:
            return None
        return spread(invoice, amount_minor=money_of(self.amount, currency=invoice.currency).minor)


class CreditDone(Answer):
    """The credit note that was made, or would be."""

    is_preview: bool
    id: Annotated[UUID | None, Field(description=N_("Of the credit note; null in a preview."))]
    number: Annotated[str, Field(examples=["SH-CN-2026-000012"])]
    fingerprint: Annotated[str, Field(description=N_("To be handed to the act as `expected`."))]
    currency: Annotated[str, Field(examples=["CNY"])]
    subtotal: Annotated[str, Field(examples=["100.00"])]
    tax: Annotated[str, Field(examples=["6.00"])]
    total: Annotated[str, Field(examples=["106.00"])]
    settled: Annotated[str, Field(description=N_("What it takes off its own invoice."), examples=["106.00"])]
    refund: Annotated[str, Field(description=N_("What is to be paid back."), examples=["0.00"])]
    kept: Annotated[str, Field(description=N_("What stays as credit for later invoices."), examples=["0.00"])]

    @classmethod
    def of(cls, made: Credited, *, currency: str, is_preview: bool) -> CreditDone:
        document = made.document
        minors = {
            "subtotal": document.subtotal_minor,
            "tax": document.tax_minor,
            "total": document.total_minor,
            "settled": made.settled_minor,
            "refund": document.refund_minor,
            "kept": document.credit_minor - made.settled_minor,
        }
        return cls(
            is_preview=is_preview,
            id=None if is_preview else document.id,
            number="" if is_preview else document.number or "",
            fingerprint=made.fingerprint,
            currency=currency,
            **{name: told(minor, currency=currency) for name, minor in minors.items()},
        )


@router.get(
    "/invoices/{invoice_id}/creditable",
    response=Creditable,
    operation_id="read_creditable",
    summary=N_("Read what can be given back"),
    description=N_("The lines of an invoice, each with what is left of it after earlier credit notes."),
)
@scope("credits:write")
def read_creditable(request: HttpRequest, invoice_id: UUID) -> Creditable:
    invoice = access_invoice(invoice_id=invoice_id, by=actor_of(request))
    lines = [
        CreditableLine(id=row.pk, title=title, left=told(left, currency=invoice.currency))
        for row, title, left in creditable_lines(invoice)
        if left > 0
    ]
    return Creditable(invoice_id=invoice.pk, currency=invoice.currency, lines=lines)


@router.post(
    "/invoices/{invoice_id}/credit",
    response=CreditDone,
    operation_id="credit_invoice",
    summary=N_("Credit an invoice"),
    description=N_(
        "Gives back all that is left of an invoice, an amount, or amounts by line; discount and tax shrink in "
        "proportion. More than is left is refused (409 `credit_too_high`)."
    ),
)
@scope("credits:write")
def credit_one_invoice(request: HttpRequest, invoice_id: UUID, asked: CreditAsked) -> CreditDone:
    by = actor_of(request)
    invoice = access_invoice(invoice_id=invoice_id, by=by)
    made = credit_invoice(
        account_id=invoice.account_id,
        invoice_id=invoice.pk,
        amounts=asked.amounts_of(invoice),
        as_="refund" if asked.how == "refund" else "credit",
        settles=asked.how == "settle",
        reason=asked.reason,
        by=by,
        at=clock.now_for(test_clock_at=invoice.account.test_clock_at),
        expected=asked.expected,
        is_preview=asked.preview,
    )
    return CreditDone.of(made, currency=invoice.currency, is_preview=asked.preview)


class VoidAsked(Given):
    """Why it is taken back."""

    reason: Annotated[Reason, Field(description=N_("It stands on the credit note."))]


@router.post(
    "/invoices/{invoice_id}/void",
    response=CreditDone,
    operation_id="void_invoice",
    summary=N_("Void an invoice"),
    description=N_(
        "Takes back an invoice on which nothing was paid, by a credit note that settles it. What was paid is given "
        "back by a credit note with a refund (409 `invoice_has_payments`)."
    ),
)
@scope("credits:write")
def void_one_invoice(request: HttpRequest, invoice_id: UUID, asked: VoidAsked) -> CreditDone:
    by = actor_of(request)
    invoice = access_invoice(invoice_id=invoice_id, by=by)
    at = clock.now_for(test_clock_at=invoice.account.test_clock_at)
    made = void_invoice(account_id=invoice.account_id, invoice_id=invoice.pk, reason=asked.reason, by=by, at=at)
    return CreditDone.of(made, currency=invoice.currency, is_preview=False)
