"""Money that goes back for credit notes, for machines: recorded as paid by bank, or given back to the card."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from invoices.errors import GatewayUnavailable
from invoices.flows.refunds import preview_refund_by_card, refund_by_card
from invoices.models import Refund
from invoices.operations.refunds import ToCard, refund_by_bank
from invoices.queries.documents import access_credit_note
from invoices.queries.payments import waiting_refund_by_card
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, meets_network, scope

from .amounts import Expected, told

router = Router(tags=["Invoices"])


class RefundShown(Answer):
    """Money that goes back, or went back, for a credit note."""

    id: UUID
    credit_note_id: UUID
    method: Annotated[str, Field(description=N_("`bank`, or `stripe` for a card."), examples=["bank"])]
    status: Annotated[str, Field(description=N_("`created`, `succeeded` or `failed`."), examples=["succeeded"])]
    reference: Annotated[str, Field(examples=["T-20261101-9"])]
    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["106.00"])]
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, refund: Refund) -> RefundShown:
        return cls(
            id=refund.id,
            credit_note_id=refund.credit_note_id,
            method=refund.method,
            status=refund.status,
            reference=refund.reference,
            currency=refund.currency,
            amount=told(refund.amount_minor, currency=refund.currency),
            created_at=refund.created_at,
            ended_at=refund.ended_at,
        )


class RefundAsked(Given):
    """The transfer that paid it back."""

    reference: Annotated[str, Field(max_length=120, description=N_("Of the transfer."), examples=["T-20261101-9"])]
    reason: Annotated[str, Field(max_length=300, description=N_("For colleagues."))] = ""


@router.post(
    "/credit-notes/{credit_note_id}/refund",
    response={201: RefundShown},
    operation_id="refund_by_bank",
    summary=N_("Record a refund by bank"),
    description=N_(
        "Records that all that is left to pay back of a credit note was transferred; where nothing is, it is refused "
        "(409 `refund_not_possible`)."
    ),
)
@scope("credits:write")
def refund_one_by_bank(request: HttpRequest, credit_note_id: UUID, asked: RefundAsked) -> Status[RefundShown]:
    by = actor_of(request)
    note = access_credit_note(credit_note_id=credit_note_id, by=by)
    at = clock.now_for(test_clock_at=note.account.test_clock_at)
    made = refund_by_bank(credit_note_id=note.pk, reference=asked.reference, by=by, at=at, reason=asked.reason)
    return Status(201, RefundShown.of(made))


class CardRefundAsked(Given):
    """Whether it is meant."""

    preview: Annotated[bool, Field(description=N_("Only say what would go back; nothing is begun."))] = False
    expected: Expected = None


class CardRefundPromised(Answer):
    """What would go back to which payment."""

    is_preview: Literal[True] = True
    credit_note_id: UUID
    payment_id: UUID
    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["106.00"])]
    is_begun: Annotated[bool, Field(description=N_("It was asked for before, and its answer is still to come."))]
    fingerprint: Annotated[str, Field(description=N_("To be handed to the act as `expected`."))]

    @classmethod
    def of(cls, due: ToCard, *, credit_note_id: UUID) -> CardRefundPromised:
        return cls(
            credit_note_id=credit_note_id,
            payment_id=due.payment.pk,
            currency=due.money.currency,
            amount=str(due.money.amount),
            is_begun=due.waiting is not None,
            fingerprint=due.fingerprint,
        )


@router.post(
    "/credit-notes/{credit_note_id}/refund-by-card",
    response={200: CardRefundPromised, 201: RefundShown, 202: RefundShown},
    operation_id="refund_by_card",
    summary=N_("Give money back to the card that paid"),
    description=N_(
        "Asks the payment service to give back what a credit note owes, to the payment by card from which most can be "
        "given back. While its answer is still to come (202) the refund is `created`: it is asked about by itself, and "
        "asking again goes on with the same one. Where no card paid so much it is refused (409 `refund_not_by_card`), "
        "and where nothing is left to pay back (409 `refund_not_possible`)."
    ),
)
@meets_network
@scope("refunds:write")
def refund_one_by_card(
    request: HttpRequest, credit_note_id: UUID, asked: CardRefundAsked
) -> Status[RefundShown] | Status[CardRefundPromised]:
    by = actor_of(request)
    note = access_credit_note(credit_note_id=credit_note_id, by=by)
    if asked.preview:
        return Status(200, CardRefundPromised.of(preview_refund_by_card(note), credit_note_id=note.pk))
    at = clock.now_for(test_clock_at=note.account.test_clock_at)
    try:
        made = refund_by_card(credit_note_id=note.pk, by=by, at=at, expected=asked.expected)
    except GatewayUnavailable:
        waiting = waiting_refund_by_card(note)
        if waiting is None:
            raise
        made = waiting
    return Status(202 if made.status == "created" else 201, RefundShown.of(made))
