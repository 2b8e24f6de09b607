"""Invoices that are taken from a bank card on file, for machines: how that stands, and another try after a refusal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from invoices.flows.bank_cards import try_now
from invoices.models import PaymentAttempt
from invoices.models.payments import AttemptStatus
from invoices.queries.bank_cards import automatic_payment_of, charge_under_way
from invoices.queries.documents import access_invoice
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, NotFound
from provider.kernel.machine_doors import Answer, Given, meets_network, scope

from .amounts import told

router = Router(tags=["Invoices"])

Ended = Literal["succeeded", "failed", "under_way"]


class AutomaticPaymentShown(Answer):
    """How an invoice stands that is taken from the bank card on file."""

    invoice_id: UUID
    status: Annotated[str, Field(description=N_("`waiting`, `settled` or `stopped`."), examples=["waiting"])]
    is_under_way: Annotated[bool, Field(description=N_("Whether the bank is being asked just now."))]
    refused_count: Annotated[int, Field(description=N_("Since the card was saved."), examples=[1])]
    failure_code: Annotated[
        str, Field(description=N_("Why the bank refused last, as it says."), examples=["insufficient_funds"])
    ]
    next_try_at: Annotated[datetime | None, Field(description=N_("When it is tried again by itself."))]


@router.get(
    "/invoices/{invoice_id}/automatic-payment",
    response=AutomaticPaymentShown,
    operation_id="read_automatic_payment",
    summary=N_("Read how an invoice is taken from the bank card on file"),
    description=N_("What the bank refused, and when it is tried next. Answers 404 where nobody arranged that."),
)
@scope("invoices:read")
def read_automatic_payment(request: HttpRequest, invoice_id: UUID) -> AutomaticPaymentShown:
    invoice = access_invoice(invoice_id=invoice_id, by=actor_of(request))
    payment = automatic_payment_of(invoice.pk)
    if payment is None:
        raise NotFound()
    return AutomaticPaymentShown(
        invoice_id=invoice.pk,
        status=payment.status,
        is_under_way=charge_under_way(invoice_id=invoice.pk) is not None,
        refused_count=payment.refused_count,
        failure_code=payment.failure_code,
        next_try_at=payment.next_try_at,
    )


class TryAsked(Given):
    """Why it is tried."""

    reason: Annotated[str, Field(max_length=400, description=N_("Why; it stands in the history."))] = ""


class TryShown(Answer):
    """A try to take an invoice from the bank card on file."""

    id: UUID
    invoice_id: UUID
    status: Annotated[Ended, Field(description=N_("`under_way`: the payment service has not answered yet."))]
    failure_code: Annotated[str, Field(description=N_("Why the bank refused, as it says."))]
    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["318.00"])]
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, attempt: PaymentAttempt) -> TryShown:
        return cls(
            id=attempt.id,
            invoice_id=attempt.invoice_id,
            status=_ended(attempt),
            failure_code=attempt.failure_code,
            currency=attempt.currency,
            amount=told(attempt.amount_minor, currency=attempt.currency),
            created_at=attempt.created_at,
            ended_at=attempt.ended_at,
        )


def _ended(attempt: PaymentAttempt) -> Ended:
    if attempt.status == AttemptStatus.SUCCEEDED:
        return "succeeded"
    return "failed" if attempt.status == AttemptStatus.FAILED else "under_way"


@router.post(
    "/invoices/{invoice_id}/card-tries",
    response={201: TryShown, 202: TryShown},
    operation_id="try_bank_card",
    summary=N_("Try the bank card on file again"),
    description=N_(
        "After a refusal of the bank, has the invoice taken from the card on file at once; the planned tries stay as "
        "they are. While the bank's answer is still to come (202) it is asked about by itself. A refusal of the bank "
        "is an answer (201, `failed`). It is not tried while it is being taken (409 `payment_under_way`) or a payment "
        "page is open (409 `payment_page_open`), nor twice within an hour (409 `tried_lately`); and not where nothing "
        "was refused (409 `nothing_refused`), nothing is open (409 `invoice_settled`) or no card is on file "
        "(409 `no_bank_card`)."
    ),
)
@meets_network
@scope("payments:try")
def try_bank_card(request: HttpRequest, invoice_id: UUID, asked: TryAsked) -> Status[TryShown]:
    by = actor_of(request)
    invoice = access_invoice(invoice_id=invoice_id, by=by)
    shown = TryShown.of(try_now(invoice_id=invoice.pk, by=by, real_at=clock.now(), reason=asked.reason))
    return Status(202 if shown.status == "under_way" else 201, shown)
