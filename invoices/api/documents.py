"""Invoices and their documents, for machines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from invoices.documents.why import why_in
from invoices.models import Invoice
from invoices.operations.sending import send_invoice
from invoices.queries.behind import positions_counted
from invoices.queries.documents import access_invoice, document_of, invoices_open_to
from invoices.rules.snapshot import DocumentLine
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, LanguageName, Page, PageAsked, page_of, scope
from provider.kernel.money import to_decimal
from provider.look.why import Why

router = Router(tags=["Invoices"])
NEWEST_FIRST = ("-made_at", "-id")
InWords = Annotated[
    Why | None,
    Field(
        description=N_(
            "The arithmetic in words, in your language: the price in one line, the rule, what was free or agreed, each "
            "part of the sum, and how it was rounded. Null on a line without any, such as one of a credit note."
        )
    ),
]


class InvoiceShown(Answer):
    """What an account was asked to pay, and what of it is still open. Amounts are in major units, as text."""

    id: UUID
    account_id: UUID
    number: Annotated[str, Field(examples=["SH-2026-004817"])]
    issued_on: date | None
    pay_by_on: date | None
    language: LanguageName
    currency: Annotated[str, Field(description=N_("Three letters, ISO 4217."), examples=["CNY"])]
    subtotal: Annotated[str, Field(examples=["300.00"])]
    discount: str
    tax: str
    total: Annotated[str, Field(examples=["318.00"])]
    due: Annotated[str, Field(description=N_("The total less credit and balance that were used."))]
    open: Annotated[str, Field(description=N_("What is still to be paid."))]
    made_at: datetime

    @classmethod
    def of(cls, invoice: Invoice) -> InvoiceShown:
        return cls(**_facts(invoice))


class LineShown(Answer):
    """A line with its arithmetic, from which its amount can be computed again."""

    title: str
    detail: str
    start: Annotated[date | None, Field(description=N_("The first day that is charged."))]
    end: Annotated[date | None, Field(description=N_("The day after the last one."))]
    tax_rate: Annotated[str, Field(description=N_("In percent."), examples=["6"])]
    amount: Annotated[str, Field(description=N_("Before discount and tax."), examples=["300.00"])]
    arithmetic: dict[str, Any] | None
    why: InWords

    @classmethod
    def of(cls, line: DocumentLine, *, currency: str) -> LineShown:
        return cls(**_line_facts(line, currency=currency))


class BilledLineShown(LineShown):
    """A line of an invoice, and whether the events behind it can be asked for."""

    position: Annotated[int, Field(description=N_("Its place on the invoice, from 1 on."), examples=[1])]
    has_events: Annotated[
        bool, Field(description=N_("Whether it was counted from usage, so that events stand behind."))
    ]


class InvoiceWithLines(InvoiceShown):
    """An invoice with its lines."""

    lines: list[BilledLineShown]


class InvoicesAsked(PageAsked):
    """Which invoices."""

    account_id: Annotated[UUID | None, Field(description=N_("Only those of this account."))] = None


def _line_facts(line: DocumentLine, *, currency: str) -> dict[str, Any]:
    return {
        "title": line.title,
        "detail": line.detail,
        "start": line.start,
        "end": line.end,
        "tax_rate": f"{line.tax_rate.normalize():f}",
        "amount": str(to_decimal(minor=line.amount_minor, currency=currency)),
        "arithmetic": dict(line.arithmetic) if line.arithmetic else None,
        "why": why_in(line),
    }


def _facts(invoice: Invoice) -> dict[str, Any]:
    minors = {
        "subtotal": invoice.subtotal_minor,
        "discount": invoice.discount_minor,
        "tax": invoice.tax_minor,
        "total": invoice.total_minor,
        "due": invoice.due_minor,
        "open": invoice.state.open_minor,
    }
    return {
        "id": invoice.id,
        "account_id": invoice.account_id,
        "number": invoice.number_text,
        "issued_on": invoice.issued_on,
        "pay_by_on": invoice.pay_by_on,
        "language": invoice.language,
        "currency": invoice.currency,
        "made_at": invoice.made_at,
        **{name: str(to_decimal(minor=minor, currency=invoice.currency)) for name, minor in minors.items()},
    }


@router.get(
    "/invoices",
    response=Page[InvoiceShown],
    operation_id="list_invoices",
    summary=N_("List invoices"),
    description=N_("Newest first. The provider's key reads all invoices, a subscriber's its own."),
)
@scope("invoices:read")
def list_invoices(request: HttpRequest, response: HttpResponse, asked: Query[InvoicesAsked]) -> dict[str, Any]:
    rows = invoices_open_to(actor_of(request))
    if asked.account_id is not None:
        rows = rows.filter(account_id=asked.account_id)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=NEWEST_FIRST,
        shape=InvoiceShown.of,
        filters={"account_id": str(asked.account_id or "")},
    )


@router.get(
    "/invoices/{invoice_id}",
    response=InvoiceWithLines,
    operation_id="read_invoice",
    summary=N_("Read an invoice"),
    description=N_("One invoice with its lines, each with the arithmetic that made it."),
)
@scope("invoices:read")
def read_invoice(request: HttpRequest, invoice_id: UUID) -> InvoiceWithLines:
    invoice = access_invoice(invoice_id=invoice_id, by=actor_of(request))
    counted = positions_counted(invoice)
    lines = [
        BilledLineShown(position=place, has_events=place in counted, **_line_facts(line, currency=invoice.currency))
        for place, line in enumerate(document_of(invoice).lines, start=1)
    ]
    return InvoiceWithLines(**_facts(invoice), lines=lines)


class SendAsked(Given):
    """Why it is mailed again."""

    reason: Annotated[str, Field(max_length=300, description=N_("It stands in the history."))] = ""


class InvoiceSent(Answer):
    """To whom it goes."""

    invoice_id: UUID
    email: Annotated[str, Field(examples=["li@hengtai.example"])]


@router.post(
    "/invoices/{invoice_id}/send",
    response=InvoiceSent,
    operation_id="send_invoice",
    summary=N_("Mail an invoice again"),
    description=N_(
        "To the account’s address, in its language; refused where it has none (409 `no_address_for_invoice`)."
    ),
)
@scope("invoices:send")
def send_one_invoice(request: HttpRequest, invoice_id: UUID, asked: SendAsked) -> InvoiceSent:
    by = actor_of(request)
    invoice = access_invoice(invoice_id=invoice_id, by=by)
    at = clock.now_for(test_clock_at=invoice.account.test_clock_at)
    send_invoice(invoice_id=invoice.pk, by=by, at=at, reason=asked.reason)
    return InvoiceSent(invoice_id=invoice.pk, email=invoice.account.email)
