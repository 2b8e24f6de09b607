"""The bank card from which invoices are taken, for machines: read, removed, and the page where a person enters one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from invoices.flows.bank_cards import open_card_page, remove_card
from invoices.models import BankCard
from invoices.queries.bank_cards import bank_card_of
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, NotFound
from provider.kernel.machine_doors import Answer, Given, LanguageName, meets_network, scope

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

    @classmethod
    def of(cls, card: BankCard) -> BankCardShown:
        return cls(
            id=card.id,
            account_id=card.account_id,
            brand=card.brand,
            last4=card.last4,
            expires_month=card.expires_month,
            expires_year=card.expires_year,
            saved_at=card.saved_at,
        )


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
    return BankCardShown.of(card)


class RemovalAsked(Given):
    """Which card; so that one that was saved in its place meanwhile stays."""

    bank_card_id: Annotated[UUID, Field(description=N_("As it was read."))]


@router.post(
    "/accounts/{account_id}/bank-card/remove",
    response=BankCardShown,
    operation_id="remove_bank_card",
    summary=N_("Remove the bank card on file"),
    description=N_(
        "Nothing is taken from it any more, and the payment service forgets it; invoices to come are paid by the day "
        "they name. Answers the card that it was, and 404 where this one is not on file."
    ),
)
@meets_network
@scope("bank_cards:write")
def remove_one_bank_card(request: HttpRequest, account_id: UUID, asked: RemovalAsked) -> BankCardShown:
    by = actor_of(request)
    account = access_account_by_key(account_id=account_id, by=by)
    card = bank_card_of(account.id)
    if card is None or card.id != asked.bank_card_id:
        raise NotFound()
    removed = remove_card(account=account, by=by, at=clock.now_for(test_clock_at=account.test_clock_at))
    if removed is None:
        raise NotFound()
    return BankCardShown.of(removed)


class CardPageAsked(Given):
    """In which language the page is."""

    language: Annotated[LanguageName | None, Field(description=N_("The account’s own if left out."))] = None


class CardPageShown(Answer):
    """A page of the payment service on which a bank card is entered."""

    url: Annotated[str, Field(description=N_("Where a person enters it. Whoever has this address can do so."))]
    expires_at: Annotated[datetime, Field(description=N_("Until when it can be used, once."))]


@router.post(
    "/accounts/{account_id}/bank-card/page",
    response={201: CardPageShown},
    operation_id="open_bank_card_page",
    summary=N_("Open the page on which a bank card is saved"),
    description=N_(
        "Answers the address of a page of the payment service; send the person there who has the card. What is "
        "entered there takes the place of the card on file; nobody here sees its number. It is refused where no "
        "payments are taken online (409 `no_gateway`)."
    ),
)
@meets_network
@scope("bank_cards:write")
def open_one_bank_card_page(request: HttpRequest, account_id: UUID, asked: CardPageAsked) -> Status[CardPageShown]:
    account = access_account_by_key(account_id=account_id, by=actor_of(request))
    page = open_card_page(account=account, language=asked.language or account.language)
    return Status(201, CardPageShown(url=page.url, expires_at=page.expires_at))
