"""The one file in which a batch's secrets lie between their making and the printer: sealed segment by segment.

Each segment holds the secrets of a run of cards and is sealed under the batch's own key, bound to the batch and to its
place; the batch's key is sealed under a card key that is not in the database. All segments but the last have the same
length, so that a segment that was begun twice (a worker died) is written over at its place.
"""

from __future__ import annotations

import secrets
from typing import Final
from uuid import UUID

from provider.kernel.sealing import seal, unseal

from .codes import LENGTH
from .keys import Key

SEGMENT_CARDS: Final = 20_000
_OVERHEAD: Final = 28  # nonce and tag of the seal
SEGMENT_BYTES: Final = SEGMENT_CARDS * LENGTH + _OVERHEAD


def new_batch_key() -> bytes:
    """A key for one batch."""
    return secrets.token_bytes(32)


def wrap_key(batch_key: bytes, *, key: Key, batch_id: UUID) -> bytes:
    """The batch's key, sealed under a key that is not in the database."""
    return seal(batch_key, secret=key.secret, context=f"card batch {batch_id}")


def unwrap_key(wrapped: bytes, *, key: Key, batch_id: UUID) -> bytes:
    """The batch's key; raises `CannotUnseal`."""
    return unseal(wrapped, secret=key.secret, context=f"card batch {batch_id}")


def seal_segment(codes: list[str], *, batch_key: bytes, batch_id: UUID, index: int) -> bytes:
    """One segment of the file."""
    return seal("".join(codes).encode(), secret=batch_key, context=_context(batch_id, index))


def open_segment(sealed: bytes, *, batch_key: bytes, batch_id: UUID, index: int) -> list[str]:
    """The secrets of one segment; raises `CannotUnseal`."""
    text = unseal(sealed, secret=batch_key, context=_context(batch_id, index)).decode()
    return [text[start : start + LENGTH] for start in range(0, len(text), LENGTH)]


def seal_part(content: bytes, *, batch_key: bytes, export_id: UUID, index: int) -> bytes:
    """One file of sheets, closed as the secrets are that stand on them."""
    return seal(content, secret=batch_key, context=_part_context(export_id, index))


def open_part(sealed: bytes, *, batch_key: bytes, export_id: UUID, index: int) -> bytes:
    """One file of sheets again; raises `CannotUnseal`."""
    return unseal(sealed, secret=batch_key, context=_part_context(export_id, index))


def place_of(index: int) -> int:
    """Where segment `index` begins in the file."""
    return index * SEGMENT_BYTES


def _part_context(export_id: UUID, index: int) -> str:
    return f"card sheets {export_id} {index}"


def _context(batch_id: UUID, index: int) -> str:
    return f"card secrets {batch_id} {index}"
