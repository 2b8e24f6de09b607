"""What a ticket says: which card was opened and for how long it may be used; never the secret that opened it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

LASTS: Final = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A card that somebody has opened with its secret, until an instant."""

    card_id: int
    until: int

    def is_over(self, at: datetime) -> bool:
        """Whether the hour has passed."""
        return at.timestamp() >= self.until

    def as_list(self) -> list[int]:
        """The form in which it is signed."""
        return [self.card_id, self.until]


def ticket_for(*, card_id: int, at: datetime) -> Ticket:
    """A ticket of an hour."""
    return Ticket(card_id=card_id, until=int((at + LASTS).timestamp()))


def ticket_of(signed: Any) -> Ticket:
    """What was signed; raises ValueError where it is something else."""
    if not (isinstance(signed, list) and len(signed) == 2 and all(type(part) is int for part in signed)):
        raise ValueError("This is no ticket.")
    return Ticket(card_id=signed[0], until=signed[1])
