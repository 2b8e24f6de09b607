"""The bank card from which an account's invoices are taken, for machines: read only; a card is entered by a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from invoices.queries.bank_cards import bank_card_of
from provider.accounts.queries import access_account_by_key
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, NotFound
from provider.kernel.machine_doors import Answer, scope

router = Router(tags=["Invoices"])


class BankCardShown(Answer):
    """A bank card that the payment service keeps."""

    id: UUID
    account_id: UUID
    brand: Annotated[str, Field(examples=["visa"])]
    last4: Annotated[str, Field(description=N_("The last four digits."), examples=["4242"])]
    expires_month: Annotated[int, Field(examples=[12])]
    expires_year: Annotated[int, Field(examples=[2034])]
    saved_at: datetime


@router.get(
    "/accounts/{account_id}/bank-card",
    response=BankCardShown,
    operation_id="read_bank_card",
    summary=N_("Read the bank card on file"),
    description=N_("From which new invoices are taken by themselves. Answers 404 where none is on file."),
)
@scope("invoices:read")
def read_bank_card(request: HttpRequest, account_id: UUID) -> BankCardShown:
    account = access_account_by_key(account_id=account_id, by=actor_of(request))
    card = bank_card_of(account.id)
    if card is None:
        raise NotFound()
    return BankCardShown(
        id=card.id,
        account_id=card.account_id,
        brand=card.brand,
        last4=card.last4,
        expires_month=card.expires_month,
        expires_year=card.expires_year,
        saved_at=card.saved_at,
    )
