"""The next invoice for machines: what billing would make next, with what is known now."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import AwareDatetime, Field

from invoices.operations.upcoming import next_invoice
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, scope

from .acts import MadeDocument

router = Router(tags=["Invoices"])


class NextInvoice(Answer):
    """The invoice that comes next, as it would be now; it may still change."""

    account_id: UUID
    as_of: Annotated[AwareDatetime, Field(description=N_("With what was known at this instant."))]
    currency: Annotated[str, Field(description=N_("Three letters, ISO 4217; empty without an invoice."))]
    invoice: Annotated[
        MadeDocument | None, Field(description=N_("Null where nothing will be billed in the next twelve months."))
    ]


@router.get(
    "/accounts/{account_id}/next-invoice",
    response=NextInvoice,
    operation_id="read_next_invoice",
    summary=N_("Read the next invoice as of now"),
    description=N_("What would be billed next if nobody does anything, with the usage known now. Nothing is made."),
)
@scope("invoices:read")
def read_next_invoice(request: HttpRequest, account_id: UUID) -> NextInvoice:
    by = actor_of(request)
    account = access_account_by_key(by=by, account_id=account_id)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    upcoming = next_invoice(account_id=account.id, by=by, at=at)
    return NextInvoice(
        account_id=account.id,
        as_of=at,
        currency=upcoming.currency if upcoming else "",
        invoice=MadeDocument.of(upcoming.document, currency=upcoming.currency) if upcoming else None,
    )
