"""Charges by hand, for machines: lines that wait for the next invoice, or are invoiced at once after a preview."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Query, Router, Status
from pydantic import Field

from invoices.errors import LineCurrencyDiffers
from invoices.models import ExtraLine
from invoices.operations.extras import NewLine, add_line, invoice_lines, withdraw_line
from invoices.queries.extras import access_billed_account, waiting_lines
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Day, Given, Page, PageAsked, page_of, scope
from provider.kernel.money import to_decimal

from .acts import MadeDocument
from .amounts import Expected
from .documents import InvoiceWithLines, read_invoice

router = Router(tags=["Invoices"])


class ChargeAsked(Given):
    """A line by hand."""

    description: Annotated[str, Field(max_length=300, examples=["Training on site"])]
    unit_price: Annotated[Decimal, Field(description=N_("In major units, before tax."), examples=["300.00"])]
    units: Annotated[Decimal, Field(examples=["2.5"])] = Decimal(1)
    currency: Annotated[str, Field(description=N_("The account’s; another one is refused."), examples=["CNY"])]
    tax_rate: Annotated[Decimal | None, Field(description=N_("In percent; as usual if left out."))] = None
    first_on: Annotated[Day | None, Field(description=N_("The first day of the service, if it has days."))] = None
    last_on: Annotated[Day | None, Field(description=N_("Its last day."))] = None
    reason: Annotated[str, Field(max_length=300, description=N_("For colleagues."))] = ""


class ChargeShown(Answer):
    """A line that waits for the account's next invoice."""

    id: UUID
    account_id: UUID
    description: str
    units: Annotated[str, Field(examples=["2.5"])]
    unit_price: Annotated[str, Field(examples=["300"])]
    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(description=N_("Before discount and tax."), examples=["750.00"])]
    added_at: datetime

    @classmethod
    def of(cls, line: ExtraLine) -> ChargeShown:
        return cls(
            id=line.id,
            account_id=line.account_id,
            description=line.description,
            units=f"{line.units.normalize():f}",
            unit_price=f"{line.unit_price.normalize():f}",
            currency=line.currency,
            amount=str(to_decimal(minor=line.amount_minor, currency=line.currency)),
            added_at=line.added_at,
        )


@router.post(
    "/accounts/{account_id}/charges",
    response={201: ChargeShown},
    operation_id="add_charge",
    summary=N_("Charge an account by hand"),
    description=N_("Set-up, training, consulting: the line stands on the account’s next invoice."),
)
@scope("invoices:write")
def add_charge(request: HttpRequest, account_id: UUID, wish: ChargeAsked) -> Status[ChargeShown]:
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    if wish.currency != account.currency:
        raise LineCurrencyDiffers(field="currency", currency=account.currency)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    line = NewLine(**wish.model_dump(exclude={"currency"}))
    return Status(201, ChargeShown.of(add_line(account_id=account.pk, line=line, by=by, at=at)))


@router.get(
    "/accounts/{account_id}/charges",
    response=Page[ChargeShown],
    operation_id="list_charges",
    summary=N_("List what waits for the next invoice"),
    description=N_("Lines by hand that stand on no invoice yet, the oldest first."),
)
@scope("invoices:write")
def list_charges(
    request: HttpRequest, response: HttpResponse, account_id: UUID, asked: Query[PageAsked]
) -> dict[str, Any]:
    account = access_billed_account(account_id=account_id, by=actor_of(request))
    return page_of(
        waiting_lines(account.pk), request=request, response=response, asked=asked, order=("added_at", "id"),
        shape=ChargeShown.of,
    )  # fmt: skip


class WithdrawalAsked(Given):
    """Why it is not charged."""

    reason: Annotated[str, Field(max_length=300, description=N_("For colleagues."))] = ""


@router.post(
    "/accounts/{account_id}/charges/{line_id}/withdraw",
    response=ChargeShown,
    operation_id="withdraw_charge",
    summary=N_("Take a charge by hand back"),
    description=N_(
        "While it stands on no invoice; after that, a credit note takes it back (409 `line_billed_already`)."
    ),
)
@scope("invoices:write")
def withdraw_charge(request: HttpRequest, account_id: UUID, line_id: UUID, asked: WithdrawalAsked) -> ChargeShown:
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    return ChargeShown.of(withdraw_line(account_id=account.pk, line_id=line_id, by=by, at=at, reason=asked.reason))


# --- The invoice of them ---


class OneOffShown(Answer):
    """The invoice that the waiting lines would make alone."""

    fingerprint: Annotated[str, Field(description=N_("To be handed to the act as `expected`."))]
    currency: Annotated[str, Field(examples=["CNY"])]
    invoice: MadeDocument


class InvoiceAsked(Given):
    """What was seen before."""

    expected: Expected = None


@router.post(
    "/accounts/{account_id}/invoices/preview",
    response=OneOffShown,
    operation_id="preview_invoice_of_charges",
    summary=N_("See the invoice of what was charged by hand"),
    description=N_("What it would ask for, with discounts, tax, credit and prepaid money. Nothing is written."),
)
@scope("invoices:write")
def preview_invoice_of_charges(request: HttpRequest, account_id: UUID) -> OneOffShown:
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    made = invoice_lines(account_id=account.pk, by=by, at=at, is_preview=True)
    return OneOffShown(
        fingerprint=made.fingerprint,
        currency=account.currency,
        invoice=MadeDocument.of(made.document, currency=account.currency),
    )


@router.post(
    "/accounts/{account_id}/invoices",
    response={201: InvoiceWithLines},
    operation_id="invoice_charges",
    summary=N_("Invoice what was charged by hand"),
    description=N_("Makes an invoice of all lines by hand that wait, at once, instead of on the account’s next one."),
)
@scope("invoices:write")
def invoice_charges(
    request: HttpRequest, account_id: UUID, asked: Body[InvoiceAsked | None] = None
) -> Status[InvoiceWithLines]:
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    expected = asked.expected if asked else None
    made = invoice_lines(account_id=account.pk, by=by, at=at, expected=expected)
    assert made.document.id is not None
    return Status(201, read_invoice(request, invoice_id=made.document.id))
