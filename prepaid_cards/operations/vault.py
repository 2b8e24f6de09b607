"""The folder of sealed files: written beside the rows, read once for the printer, removed with the key."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

from django.conf import settings

from prepaid_cards.errors import SecretsDestroyed
from prepaid_cards.models import CardBatch
from prepaid_cards.rules import vault


def write_segment(*, batch_id: UUID, index: int, sealed: bytes) -> None:
    """Put a segment at its place and have it on the disk before the rows of its cards are committed."""
    path = _path(batch_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(handle, sealed, vault.place_of(index))
        os.fsync(handle)
    finally:
        os.close(handle)


def batch_key_of(batch: CardBatch) -> bytes:
    """The key of the batch's sealed file, as long as it was not destroyed."""
    if batch.wrapped_key is None:
        raise SecretsDestroyed()
    key = settings.CARD_KEYS.named(batch.wrapped_with)
    return vault.unwrap_key(bytes(batch.wrapped_key), key=key, batch_id=batch.id)


def read_codes(batch: CardBatch) -> list[str]:
    """All secrets of a batch in the order of their counters, in memory only."""
    batch_key = batch_key_of(batch)
    codes: list[str] = []
    with _path(batch.id).open("rb") as file:
        index = 0
        while sealed := file.read(vault.SEGMENT_BYTES):
            codes += vault.open_segment(sealed, batch_key=batch_key, batch_id=batch.id, index=index)
            index += 1
    assert len(codes) == batch.made_count, f"{batch.prefix}: {len(codes)} secrets for {batch.made_count} cards."
    return codes


def remove(batch_id: UUID) -> None:
    """Take the file away; without its key nobody could read it in any case."""
    _path(batch_id).unlink(missing_ok=True)


def _path(batch_id: UUID) -> Path:
    return Path(settings.CARD_VAULT_DIR) / f"{batch_id}.sealed"
