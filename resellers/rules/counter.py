"""At the counter: whether a card may be sold, and if not, why, in words for the clerk who holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from provider.kernel.errors import Refusal
from resellers.errors import (
    BatchNotOpen,
    CardBeingChecked,
    CardElsewhere,
    CardNotReceived,
    CardRedeemedBefore,
    CardSoldBefore,
    CardWithdrawn,
)

MOST_CARDS: Final = 200
UNDO_WITHIN: Final = timedelta(hours=24)
_WHY_NOT: Final[dict[str, type[Refusal]]] = {
    "shipped": CardNotReceived,
    "redeemed": CardRedeemedBefore,
    "frozen": CardBeingChecked,
    "void": CardWithdrawn,
    "expired": CardWithdrawn,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What decides whether a card may be sold. `is_ours` is False for a card that is not there too."""

    serial: str  # as it is printed
    is_ours: bool
    status: str = ""
    is_batch_open: bool = False
    receipt: str = ""  # on which it was sold


def why_not(facts: CardFacts) -> Refusal | None:
    """Why the card may not be sold; None if it may."""
    if not facts.is_ours:
        return CardElsewhere(field="serials", serial=facts.serial)
    if facts.status == "active":
        return CardSoldBefore(field="serials", serial=facts.serial, receipt=facts.receipt)
    if facts.status in _WHY_NOT:
        return _WHY_NOT[facts.status](field="serials", serial=facts.serial)
    if facts.status != "received":
        return CardElsewhere(field="serials", serial=facts.serial)
    if not facts.is_batch_open:
        return BatchNotOpen(field="serials", serial=facts.serial)
    return None
