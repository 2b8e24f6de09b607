"""Money that arrived, for machines: read, recorded once by the bank's own reference, and put against invoices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from invoices.models import Payment
from invoices.operations.payments import apply_payment, record_by_hand
from invoices.queries.documents import access_invoice
from invoices.queries.payments import access_payment, payments_open_to, unapplied_payments
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Day, Given, Page, PageAsked, page_of, scope

from .amounts import Amount, money_of, told

router = Router(tags=["Invoices"])
LATEST_FIRST = ("-received_at", "-id")


class ShareShown(Answer):
    """What a payment settled of one invoice."""

    invoice_id: UUID
    amount: Annotated[str, Field(examples=["318.00"])]


class PaymentShown(Answer):
    """Money that arrived, and which invoices it settled."""

    id: UUID
    account_id: UUID
    method: Annotated[str, Field(description=N_("`bank`, `cash`, or `stripe` for a card."), examples=["bank"])]
    reference: Annotated[str, Field(examples=["T-20261101-4"])]
    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["318.00"])]
    unassigned: Annotated[str, Field(description=N_("What no invoice has taken of it."), examples=["0.00"])]
    invoices: list[ShareShown]
    received_on: date
    received_at: Annotated[datetime, Field(description=N_("When it was recorded."))]

    @classmethod
    def of(cls, payment: Payment) -> PaymentShown:
        return cls(**_facts(payment))


class PaymentRecorded(PaymentShown):
    """The same, and whether it was recorded just now."""

    is_new: Annotated[bool, Field(description=N_("No: it was recorded before, and nothing was recorded twice."))]


def _facts(payment: Payment) -> dict[str, Any]:
    shares = list(payment.shares.all())
    left = payment.amount_minor - sum(share.amount_minor for share in shares)
    names = ("id", "account_id", "method", "reference", "currency", "received_on", "received_at")
    return {
        **{name: getattr(payment, name) for name in names},
        "amount": told(payment.amount_minor, currency=payment.currency),
        "unassigned": told(left, currency=payment.currency),
        "invoices": [
            ShareShown(invoice_id=share.invoice_id, amount=told(share.amount_minor, currency=share.currency))
            for share in sorted(shares, key=lambda share: share.pk)
        ],
    }


class PaymentsAsked(PageAsked):
    """Which payments."""

    account_id: Annotated[UUID | None, Field(description=N_("Only those of this account."))] = None
    is_unassigned: Annotated[bool, Field(description=N_("Only those of which something is left."))] = False


@router.get(
    "/payments",
    response=Page[PaymentShown],
    operation_id="list_payments",
    summary=N_("List payments"),
    description=N_("The latest first. The provider's key reads all, a subscriber's its own."),
)
@scope("invoices:read")
def list_payments(request: HttpRequest, response: HttpResponse, asked: Query[PaymentsAsked]) -> dict[str, Any]:
    rows = payments_open_to(actor_of(request)).prefetch_related("shares")
    if asked.account_id is not None:
        rows = rows.filter(account_id=asked.account_id)
    if asked.is_unassigned:
        rows = unapplied_payments(rows)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=LATEST_FIRST,
        shape=PaymentShown.of,
        filters={
            "account_id": str(asked.account_id or ""),
            "is_unassigned": "true" if asked.is_unassigned else "",
        },
    )


@router.get(
    "/payments/{payment_id}",
    response=PaymentShown,
    operation_id="read_payment",
    summary=N_("Read a payment"),
    description=N_("What arrived when, and which invoices it settled."),
)
@scope("invoices:read")
def read_payment(request: HttpRequest, payment_id: UUID) -> PaymentShown:
    return PaymentShown.of(access_payment(payment_id=payment_id, by=actor_of(request)))


class PaymentAsked(Given):
    """What arrived for an invoice, outside of the payment service."""

    amount: Annotated[
        Amount,
        Field(
            description=N_("In the currency of the invoice. What is more than is open stays unassigned."),
            examples=["318.00"],
        ),
    ]
    received_on: Annotated[Day, Field(description=N_("The day of the statement; none to come."))]
    method: Literal["bank", "cash"] = "bank"
    reference: Annotated[
        str,
        Field(
            min_length=1,
            max_length=120,
            description=N_(
                "The bank’s own reference of the transfer: it keeps the same money from being recorded twice."
            ),
            examples=["T-20261101-4"],
        ),
    ]
    reason: Annotated[str, Field(max_length=300, description=N_("For colleagues."))] = ""


@router.post(
    "/invoices/{invoice_id}/payments",
    response={201: PaymentRecorded, 200: PaymentRecorded},
    operation_id="record_payment",
    summary=N_("Record a payment"),
    description=N_(
        "Records what arrived by bank or in cash, and settles the invoice as far as it goes. The same reference again "
        "answers 200 and records nothing; with another amount or payer it is refused (409 `payment_differs`)."
    ),
)
@scope("payments:write")
def record_one_payment(request: HttpRequest, invoice_id: UUID, asked: PaymentAsked) -> Status[PaymentRecorded]:
    by = actor_of(request)
    invoice = access_invoice(invoice_id=invoice_id, by=by)
    recorded = record_by_hand(
        invoice_id=invoice.pk,
        method=asked.method,
        reference=asked.reference,
        amount=money_of(asked.amount, currency=invoice.currency),
        received_on=asked.received_on,
        reason=asked.reason,
        by=by,
        at=clock.now_for(test_clock_at=invoice.account.test_clock_at),
    )
    shown = PaymentRecorded(**_facts(recorded.payment), is_new=recorded.is_new)
    return Status(201 if recorded.is_new else 200, shown)


class ApplyAsked(Given):
    """The invoice that it is for."""

    invoice_id: UUID
    reason: Annotated[str, Field(max_length=300, description=N_("For colleagues."))] = ""


@router.post(
    "/payments/{payment_id}/apply",
    response=PaymentShown,
    operation_id="apply_payment",
    summary=N_("Put a payment against an invoice"),
    description=N_(
        "Settles an invoice of the same account and currency with what is unassigned of a payment; where there is "
        "nothing to settle, it is refused (409 `nothing_unapplied`)."
    ),
)
@scope("payments:write")
def apply_one_payment(request: HttpRequest, payment_id: UUID, asked: ApplyAsked) -> PaymentShown:
    by = actor_of(request)
    payment, invoice = access_payment(payment_id=payment_id, by=by), access_invoice(invoice_id=asked.invoice_id, by=by)
    at = clock.now_for(test_clock_at=invoice.account.test_clock_at)
    apply_payment(payment_id=payment.pk, invoice_id=invoice.pk, by=by, at=at, reason=asked.reason)
    return PaymentShown.of(access_payment(payment_id=payment.pk, by=by))
