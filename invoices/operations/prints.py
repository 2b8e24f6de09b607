"""What was printed is kept: an invoice is printed once, when somebody first wants it, and handed out from then on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from invoices.errors import ArchivesUnderWay, NoInvoicesChosen, TooManyInvoices
from invoices.models import InvoiceState
from invoices.queries.archives import ARCHIVE, archives_under_way
from provider.kernel import audit, files, jobs
from provider.kernel.actor import Actor
from provider.kernel.exclusive import one_at_a_time
from provider.kernel.models import Job, StoredFile

from .locks import lock_state

PRINT: Final = "invoices.print"
ARCHIVED_AT_MOST: Final = 5_000
PACKED_AT_ONCE: Final = 5  # files of one account


def keep_print(*, invoice_id: UUID, name: str, content: bytes, by: Actor, at: datetime) -> StoredFile:
    """Store an invoice's PDF; the first one stays, whoever else printed it meanwhile."""
    with transaction.atomic():
        state = lock_state(invoice_id)
        if state.file_id is not None:
            return StoredFile.objects.get(pk=state.file_id)
        stored = files.store(purpose=PRINT, name=name, content=content, account_id=state.account_id, by=by, at=at)
        InvoiceState.objects.filter(pk=state.pk).update(file_id=stored.id)
    return stored


def keep_archive(
    *, name: str, content: Iterable[bytes], account_id: UUID | None, by: Actor, at: datetime
) -> StoredFile:
    """Store an archive of documents for a week."""
    return files.store(purpose=ARCHIVE, name=name, content=content, account_id=account_id, by=by, at=at)


def start_archive(*, invoice_ids: Iterable[UUID], by: Actor, at: datetime) -> Job:
    """Have invoices that the actor may read printed and packed as one file, as a job; a few files at a time."""
    ids = [str(one) for one in invoice_ids]
    if not ids:
        raise NoInvoicesChosen()
    if len(ids) > ARCHIVED_AT_MOST:
        raise TooManyInvoices(most=ARCHIVED_AT_MOST)
    with transaction.atomic():
        one_at_a_time(f"{ARCHIVE}|{by.account_id}")
        if archives_under_way(by.account_id) >= PACKED_AT_ONCE:
            raise ArchivesUnderWay(most=PACKED_AT_ONCE)
        audit.record(
            by=by, verb="invoices.archived", subject_kind="account", subject_id=by.account_id, account_id=by.account_id,
            at=at, after={"count": len(ids)},
        )  # fmt: skip
        params = {"invoice_ids": ids}
        return jobs.start(kind=ARCHIVE, params=params, by=by, at=at, account_id=by.account_id, total=len(ids))
