"""The folder of sealed files: written beside the rows, read once for the printer, removed with the key."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from prepaid_cards.errors import SecretsDestroyed
from prepaid_cards.models import CardBatch, CardExport
from prepaid_cards.rules import vault
from prepaid_cards.rules.codes import grouped
from prepaid_cards.rules.serials import serials_of, shown


class Row(NamedTuple):
    """One card, as it is printed."""

    serial: str
    shown: str
    code: str
    link: str


def write_segment(*, batch_id: UUID, index: int, sealed: bytes) -> None:
    """Put a segment at its place and have it on the disk before the rows of its cards are committed."""
    _write(_path(batch_id), sealed=sealed, place=vault.place_of(index))


def write_part(*, export: CardExport, index: int, content: bytes) -> None:
    """Put a file of sheets beside the secrets, sealed under the same key; one that was begun twice is written over."""
    sealed = vault.seal_part(content, batch_key=batch_key_of(export.batch), export_id=export.id, index=index)
    path = _part_path(export, index)
    path.unlink(missing_ok=True)
    _write(path, sealed=sealed, place=0)


def read_part(*, export: CardExport, index: int) -> bytes:
    """A file of sheets, in memory only."""
    batch_key = batch_key_of(export.batch)
    sealed = _part_path(export, index).read_bytes()
    return vault.open_part(sealed, batch_key=batch_key, export_id=export.id, index=index)


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


def read_rows(batch: CardBatch) -> list[Row]:
    """What is printed on each card of a batch, in the order of their counters, in memory only."""
    codes = read_codes(batch)
    link = f"{settings.SITE_URL}/redeem/#"  # what stands after the # reaches no server and so no log
    serials = serials_of(prefix=batch.prefix, first=1, count=len(codes))
    return [
        Row(serial=serial, shown=shown(serial), code=grouped(code), link=link + code)
        for serial, code in zip(serials, codes, strict=True)
    ]


def remove(batch_id: UUID) -> None:
    """Take the files away; without their key nobody could read them in any case."""
    _path(batch_id).unlink(missing_ok=True)
    remove_parts(batch_id)


def remove_parts(batch_id: UUID) -> None:
    """Take the sheets away; the secrets stay for another export."""
    folder = _parts_folder(batch_id)
    if folder.exists():
        shutil.rmtree(folder)


def _write(path: Path, *, sealed: bytes, place: int) -> None:
    """On the disk for certain when it returns, for nobody but us to read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(handle, sealed, place)
        os.fsync(handle)
    finally:
        os.close(handle)


def _parts_folder(batch_id: UUID) -> Path:
    return Path(settings.CARD_VAULT_DIR) / f"{batch_id}.sheets"


def _part_path(export: CardExport, index: int) -> Path:
    return _parts_folder(export.batch_id) / f"{export.id}-{index:04d}.sealed"


def _path(batch_id: UUID) -> Path:
    return Path(settings.CARD_VAULT_DIR) / f"{batch_id}.sealed"
