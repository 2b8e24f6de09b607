"""What of a receipt can be taken back, and what that would come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from provider.accounts.rules.team import OWNER
from provider.kernel.actor import Actor

SOLD, RETURNED, REDEEMED, REPLACED, CHECKED = "sold", "returned", "redeemed", "replaced", "checked"
_OF_CARDS: Final = {"active": SOLD, "redeemed": REDEEMED}


def state_of(*, is_returned: bool, is_replaced: bool, card_status: str) -> str:
    """Where a line of a receipt stands; only what is `sold` can be taken back."""
    if is_returned:
        return RETURNED
    if is_replaced:
        return REPLACED
    return _OF_CARDS.get(card_status, CHECKED)


def is_theirs(*, sold_by: UUID | None, by: Actor) -> bool:
    """Clerks take back what they sold themselves, owners and machines whatever the reseller sold."""
    return by.kind != "person" or by.role == OWNER or sold_by == by.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One card of a receipt."""

    serial: str
    state: str
    face_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What taking cards back would do: how many, how much is given back, and what stays on the receipt."""

    serials: tuple[str, ...]
    back_minor: int
    left_count: int
    left_minor: int


def preview_of(pieces: Iterable[Piece], *, chosen: Collection[str]) -> Preview | None:
    """What taking back those of the chosen that can be would do; None if none of them can."""
    standing = [piece for piece in pieces if piece.state != RETURNED]
    taken = [piece for piece in standing if piece.state == SOLD and piece.serial in chosen]
    if not taken:
        return None
    back = sum(piece.face_minor for piece in taken)
    return Preview(
        serials=tuple(piece.serial for piece in taken),
        back_minor=back,
        left_count=len(standing) - len(taken),
        left_minor=sum(piece.face_minor for piece in standing) - back,
    )
