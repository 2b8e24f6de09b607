"""Fetching the printer's file: opened by an operation, encrypted outside of any transaction, its hash kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from prepaid_cards.documents import printer_file
from prepaid_cards.models import ExportMethod
from prepaid_cards.operations.exports import note_made, open_export
from provider.kernel.actor import Actor


def fetch_export(*, export_id: UUID, by: Actor, at: datetime) -> tuple[str, bytes]:
    """The name and the content of the encrypted file. A broken download may be fetched again by the same person."""
    opened = open_export(export_id=export_id, by=by, at=at)
    files, manifest = opened.parts or {printer_file.TABLE: printer_file.table(opened.rows)}, opened.manifest
    name = f"cards-{opened.export.batch.prefix}"
    if opened.export.method == ExportMethod.AGE:
        name = f"{name}.zip.age"
        packed = printer_file.to_public_key(files, manifest=manifest, recipient=opened.export.recipient)
    else:
        name = f"{name}.zip"
        packed = printer_file.under_password(files, manifest=manifest, password=opened.password)
    note_made(export_id=export_id, content=packed, by=by, at=at)
    return name, packed
