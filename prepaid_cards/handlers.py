"""What cards do about facts of their own: the fraud desk weighs each refused try, a late sale answers reports."""

from __future__ import annotations

from datetime import datetime

from prepaid_cards.events import CardsActivated, CardTryRefused
from prepaid_cards.operations.fraud import weigh_try
from prepaid_cards.operations.reports import sale_registered
from provider.kernel import outbox


def connect() -> None:
    """Listen; called once, when the app is ready."""
    outbox.on(CardTryRefused, try_refused)
    outbox.on(CardsActivated, cards_activated)


def try_refused(event: CardTryRefused, *, at: datetime) -> None:
    """Weigh it; a wrong secret that no card has is only counted."""
    weigh_try(card_id=event.card_id, outcome=event.outcome, block=event.block, account_id=event.account_id, at=at)


def cards_activated(event: CardsActivated, *, at: datetime) -> None:
    """A sale that a holder had missed was registered after all."""
    sale_registered(serials=event.serials, at=at)
