"""The export: asked for, approved by a second person, fetched by the first, confirmed by the printer.

Then no secret is left in the house.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from prepaid_cards.errors import (
    BadRecipient,
    BatchStateForbids,
    ExportExists,
    ExportNotApproved,
    HashDiffers,
    NotYourExport,
    PasswordNotShown,
    SecondPersonNeeded,
    SecretsDestroyed,
    TooManyForSheets,
)
from prepaid_cards.events import BatchSecretsDestroyed
from prepaid_cards.models import (
    BATCH_MOVES,
    EXPORT_MOVES,
    BatchStatus,
    CardBatch,
    CardEvent,
    CardExport,
    CardVerb,
    ExportLayout,
    ExportMethod,
    ExportStatus,
)
from prepaid_cards.rules.archive import password_of
from prepaid_cards.rules.serials import serials_of, shown
from prepaid_cards.rules.sheets import MOST_CARDS
from provider.accounts.operations.locks import person
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.state import move

from . import sheets, vault
from .locks import lock_batch, lock_export

KEY_LIVES: Final = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Opened:
    """What the printer's file is made of: in memory only."""

    export: CardExport
    rows: list[vault.Row]  # of a table
    parts: dict[str, bytes]  # of sheets: the files by their names
    manifest: dict[str, Any]
    password: str


def request_export(
    *,
    batch_id: UUID,
    method: str,
    printer: str,
    recipient: str,
    is_recipient_good: bool,
    sheets_in: str = "",
    by: Actor,
    at: datetime,
) -> CardExport:
    """Ask for the one export of a batch; who asks is the one who may fetch it.

    A table for a printing machine, or with a language in `sheets_in` sheets of cards to be cut, in that language.
    """
    if method == ExportMethod.AGE and not is_recipient_good:
        raise BadRecipient(field="recipient")
    with transaction.atomic():
        batch = lock_batch(batch_id)
        if CardExport.objects.filter(batch=batch).exclude(status=ExportStatus.WITHDRAWN).exists():
            raise ExportExists()
        if batch.status != BatchStatus.GENERATED:
            raise BatchStateForbids(prefix=batch.prefix, state=BatchStatus(batch.status).label)
        if sheets_in and batch.total_count > MOST_CARDS:
            raise TooManyForSheets(field="layout", most=MOST_CARDS, count=batch.total_count)

        export = CardExport.objects.create(
            batch=batch, method=method, language=sheets_in,
            layout=ExportLayout.SHEETS if sheets_in else ExportLayout.TABLE,
            printer=printer.strip(), requested_at=at, requested_by_id=person(by),
            recipient=recipient.strip() if method == ExportMethod.AGE else "",
        )  # fmt: skip

        _record(export, verb="card_export.requested", by=by, at=at)
        return export


def approve_export(*, export_id: UUID, by: Actor, at: datetime) -> CardExport:
    """A second person lets the secrets out of the house."""
    with transaction.atomic():
        export = lock_export(export_id)
        if person(by) == export.requested_by_id:
            raise SecondPersonNeeded()

        move(export, to=ExportStatus.APPROVED, transitions=EXPORT_MOVES, approved_at=at, approved_by_id=by.user_id)
        if export.layout == ExportLayout.SHEETS:
            sheets.begin(export, by=by, at=at)

        _record(export, verb="card_export.approved", by=by, at=at)
        return export


def withdraw_export(*, export_id: UUID, by: Actor, at: datetime) -> CardExport:
    """Take a request back before anything was fetched; another may be asked for."""
    with transaction.atomic():
        export = lock_export(export_id)
        move(export, to=ExportStatus.WITHDRAWN, transitions=EXPORT_MOVES)
        transaction.on_commit(partial(vault.remove_parts, export.batch_id))

        _record(export, verb="card_export.withdrawn", by=by, at=at)
        return export


def open_export(*, export_id: UUID, by: Actor, at: datetime) -> Opened:
    """Open the sealed file in memory for the person who asked. Each opening stands in the history."""
    with transaction.atomic():
        export = lock_export(export_id)
        _check_fetch(export, by=by, at=at)
        batch = export.batch
        is_table = export.layout == ExportLayout.TABLE
        rows = vault.read_rows(batch) if is_table else []
        parts = {} if is_table else sheets.read_parts(export)

        _record(export, verb="card_export.opened", by=by, at=at)
    return Opened(
        export=export, rows=rows, parts=parts, manifest=_manifest(export, at=at), password=password_for(export=export)
    )  # fmt: skip


def password_for(*, export: CardExport) -> str:
    """The archive's password; nothing for a file to a public key."""
    if export.method != ExportMethod.ARCHIVE:
        return ""
    return password_of(batch_key=vault.batch_key_of(export.batch), export_id=export.id)


def show_password(*, export_id: UUID, by: Actor, at: datetime) -> str:
    """The archive's password, for the person who asked; that it was shown stands in the history."""
    with transaction.atomic():
        export = lock_export(export_id)
        _check_fetch(export, by=by, at=at)

        export.password_shown_at = export.password_shown_at or at
        export.save(update_fields=["password_shown_at"])

        _record(export, verb="card_export.password_shown", by=by, at=at)
        return password_for(export=export)


def note_made(*, export_id: UUID, content: bytes, by: Actor, at: datetime) -> CardExport:
    """Keep the hash of the file that was handed over; from the first one on the key lives 72 hours."""
    with transaction.atomic():
        export = lock_export(export_id)
        _check_fetch(export, by=by, at=at)

        export.file_sha256, export.made_count = sha256(content).digest(), export.made_count + 1
        export.fetches = [*export.fetches, {"at": at.isoformat(), "sha256": export.file_sha256.hex()}]
        export.save(update_fields=["file_sha256", "made_count", "fetches"])
        if export.status == ExportStatus.APPROVED:
            _first_made(export, by=by, at=at)

        _record(export, verb="card_export.made", after={"file_sha256": export.file_sha256.hex()}, by=by, at=at)
        return export


def confirm_export(*, export_id: UUID, file_sha256: str, by: Actor, at: datetime) -> CardExport:
    """The printer has a file that was fetched: its hash is known. The secrets are destroyed and the batch is open."""
    with transaction.atomic():
        export = lock_export(export_id)
        told = "".join(file_sha256.split()).lower()
        if told not in _hashes_of(export):
            raise HashDiffers(field="file_sha256")
        if export.lacks_password:
            raise PasswordNotShown(field="file_sha256")

        move(
            export, to=ExportStatus.CONFIRMED, transitions=EXPORT_MOVES, confirmed_at=at, confirmed_by_id=by.user_id,
            file_sha256=bytes.fromhex(told),
        )  # fmt: skip
        _destroy(export.batch, at=at)
        move(export.batch, to=BatchStatus.OPEN, transitions=BATCH_MOVES, opened_at=at)

        _record(export, verb="card_export.confirmed", by=by, at=at)
        return export


def destroy_due_keys(*, at: datetime, limit: int = 100) -> int:
    """Destroy the keys whose 72 hours are over; how many."""
    due = CardBatch.objects.filter(wrapped_key__isnull=False, key_expires_at__lte=at).order_by("key_expires_at")
    found = list(due.values_list("id", flat=True)[:limit])
    for batch_id in found:
        with transaction.atomic():
            _destroy(lock_batch(batch_id), at=at)
    return len(found)


def _check_fetch(export: CardExport, *, by: Actor, at: datetime) -> None:
    if export.requested_by_id != by.user_id:
        raise NotYourExport()
    if export.status not in (ExportStatus.APPROVED, ExportStatus.MADE):
        raise ExportNotApproved()
    ends_at = export.batch.key_expires_at  # held here too: the sweep that destroys the key may be late
    if export.batch.wrapped_key is None or (ends_at is not None and ends_at <= at):
        raise SecretsDestroyed()


def _hashes_of(export: CardExport) -> set[str]:
    """Of every file that was fetched: encrypting the same secrets again makes another file."""
    last = {bytes(export.file_sha256).hex()} if export.file_sha256 is not None else set()
    return last | {str(fetch["sha256"]) for fetch in export.fetches}


def _first_made(export: CardExport, *, by: Actor, at: datetime) -> None:
    batch = export.batch
    move(export, to=ExportStatus.MADE, transitions=EXPORT_MOVES, made_at=at)
    move(batch, to=BatchStatus.EXPORTED, transitions=BATCH_MOVES, exported_at=at, key_expires_at=at + KEY_LIVES)
    CardEvent.objects.create(
        batch=batch, first=1, last=batch.total_count, verb=CardVerb.EXPORTED, at=at, user_id=by.user_id,
        act_id=export.id, reason=export.printer,
    )  # fmt: skip


def _destroy(batch: CardBatch, *, at: datetime) -> None:
    if batch.wrapped_key is None:
        return
    batch.wrapped_key, batch.key_destroyed_at, batch.key_expires_at = None, at, None
    batch.save(update_fields=["wrapped_key", "key_destroyed_at", "key_expires_at"])
    transaction.on_commit(partial(vault.remove, batch.id))
    outbox.publish(BatchSecretsDestroyed(batch_id=batch.id), at=at)


def _manifest(export: CardExport, *, at: datetime) -> dict[str, Any]:
    """What goes with the file: counts and totals, never which cards are canaries."""
    batch = export.batch
    return {
        "batch": batch.prefix,
        "product": batch.product.name,
        "cards": batch.total_count,
        "first_serial": shown(serials_of(prefix=batch.prefix, first=1, count=1)[0]),
        "last_serial": shown(serials_of(prefix=batch.prefix, first=batch.total_count, count=1)[0]),
        "face_minor": batch.face_minor,
        "face_total_minor": batch.face_minor * batch.total_count,
        "currency": batch.currency,
        "layout": str(export.layout),
        "language": export.language,
        "files": export.parts_made or 1,
        "printer": export.printer,
        "requested_by": str(export.requested_by),
        "approved_by": str(export.approved_by),
        "made_at": at.isoformat(),
    }


def _record(export: CardExport, *, verb: str, by: Actor, at: datetime, after: dict[str, Any] | None = None) -> None:
    facts = {"batch": export.batch.prefix, "printer": export.printer, "status": str(export.status)}
    audit.record(
        by=by, verb=verb, subject_kind="card_batch", subject_id=export.batch_id, account_id=by.account_id, at=at,
        after=facts | (after or {}),
    )  # fmt: skip
