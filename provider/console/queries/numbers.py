"""What an operator is told by number: the serial of a card, the number of an invoice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from invoices.models import Invoice
from prepaid_cards.models import Card, RedemptionStatus
from prepaid_cards.rules import serials
from provider.accounts.models import Account

_FEW: Final = 5
_NUMBER: Final = re.compile(r"[A-Z0-9][A-Z0-9./-]{2,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A card or an invoice that is called exactly so, or begins so, and the account that it belongs to."""

    kind: Literal["card", "invoice"]
    text: str
    id: UUID | None
    account: Account | None


def by_number(words: str, *, limit: int = _FEW) -> list[Found]:
    """Cards and invoices that a typed number names; at most one query for each."""
    typed = words.strip()
    if not typed or len(typed) > 60 or not any(char.isdigit() for char in typed):
        return []
    return [*_cards(typed), *_invoices(typed.upper(), limit=limit)][:limit]


def _cards(typed: str) -> list[Found]:
    """The card of a whole serial, however it is spaced; a serial with a wrong digit is none."""
    try:
        serials.read_serial(typed)
    except serials.BadSerial:
        return []
    card = Card.objects.select_related("holder").filter(serial=serials.normalise(typed)).first()
    return [Found(kind="card", text=card.serial, id=None, account=_whose(card))] if card else []


def _whose(card: Card) -> Account | None:
    """Who redeemed the card; before that, who has it on the shelf or sold it."""
    done = card.redemptions.filter(status=RedemptionStatus.DONE).select_related("account").first()
    return done.account if done else card.holder


def _invoices(typed: str, *, limit: int) -> list[Found]:
    """The invoices whose number begins so; the index of the numbers serves the span from the prefix to its end."""
    if not _NUMBER.fullmatch(typed):
        return []
    span = {"number_text__gte": typed, "number_text__lt": f"{typed}\uffff"}
    rows = Invoice.objects.filter(**span).exclude(number_text="").select_related("account").order_by("number_text")
    return [
        Found(kind="invoice", text=invoice.number_text, id=invoice.id, account=invoice.account)
        for invoice in rows[:limit]
    ]
