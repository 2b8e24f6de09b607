"""Tickets of opened cards: signed for whoever showed the secret, read again when they confirm."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.core import signing

from prepaid_cards.errors import TicketExpired
from prepaid_cards.models import Card
from prepaid_cards.rules.tickets import ticket_for, ticket_of

from .redeeming import access_card

_SALT: Final = "prepaid_cards.ticket"


def signed_ticket(*, card: Card, at: datetime) -> str:
    """A ticket of an hour for a card that was just opened with its secret; `at` is the real time."""
    return signing.dumps(ticket_for(card_id=card.id, at=at).as_list(), salt=_SALT)


def card_of_ticket(signed: str, *, at: datetime) -> Card:
    """The card that a ticket names, as long as its hour lasts."""
    try:
        ticket = ticket_of(signing.loads(signed, salt=_SALT))
    except (signing.BadSignature, ValueError):
        raise TicketExpired(field="ticket") from None
    if ticket.is_over(at):
        raise TicketExpired(field="ticket")
    return access_card(ticket.card_id)
