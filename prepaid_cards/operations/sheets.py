"""Cards on sheets: made by a job once the export is approved, file by file, each sealed beside the secrets at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from prepaid_cards.errors import SheetsFailed, SheetsNotReady
from prepaid_cards.models import CardExport, ExportLayout, ExportStatus
from prepaid_cards.rules.sheets import Part, part_count, part_name, part_of
from provider.kernel import audit, jobs
from provider.kernel.actor import Actor
from provider.kernel.errors import Refusal
from provider.kernel.models import Job, JobStatus
from provider.look.progress import reason_of

from . import vault
from .locks import lock_export

PRINT: Final = "prepaid_cards.sheets"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OpenedPart:
    """The cards of one file: in memory only."""

    export: CardExport
    part: Part
    rows: list[vault.Row]


def begin(export: CardExport, *, by: Actor, at: datetime) -> None:
    """Start the job for an export that was just approved; the caller holds its lock."""
    job = jobs.start(
        kind=PRINT, params={"export_id": export.id, "prefix": export.batch.prefix}, by=by, at=at,
        account_id=by.account_id, total=export.batch.total_count,
    )  # fmt: skip
    export.job_id, export.parts_made = job.id, 0
    export.save(update_fields=["job_id", "parts_made"])


def open_part(*, export_id: UUID, index: int) -> OpenedPart | None:
    """The cards of a file that is still to be made; None where the export was withdrawn or its key is gone."""
    export = CardExport.objects.select_related("batch__product__plan").get(id=export_id)
    if not _is_wanted(export, index=index):
        return None
    part = part_of(index=index, cards=export.batch.total_count)
    return OpenedPart(export=export, part=part, rows=vault.read_rows(export.batch)[part.first - 1 : part.last])


def keep_part(*, export_id: UUID, index: int, content: bytes, by: Actor, at: datetime) -> bool:
    """Seal a file of sheets beside the secrets; whether more are to be made."""
    with transaction.atomic():
        export = lock_export(export_id)
        if not _is_wanted(export, index=index):
            return False
        count = part_count(export.batch.total_count)

        vault.write_part(export=export, index=index, content=content)
        export.parts_made = index + 1
        export.save(update_fields=["parts_made"])

        is_last = export.parts_made == count
        if is_last:
            _record(export, by=by, at=at)
        return not is_last


def is_whole(export: CardExport) -> bool:
    """Whether everything that belongs into the export's file is there: sheets take their time, a table does not."""
    return export.layout == ExportLayout.TABLE or export.parts_made == part_count(export.batch.total_count)


def job_of(export: CardExport) -> Job | None:
    """The job that makes the sheets, once they were approved."""
    return Job.objects.filter(id=export.job_id).first() if export.job_id else None


def read_parts(export: CardExport) -> dict[str, bytes]:
    """All files of sheets by their names; refused as long as one is missing."""
    cards = export.batch.total_count
    count = part_count(cards)
    if export.parts_made < count:
        raise _why_not_whole(export, count=count)
    return {
        part_name(part_of(index=index, cards=cards)): vault.read_part(export=export, index=index)
        for index in range(count)
    }


def _why_not_whole(export: CardExport, *, count: int) -> Refusal:
    """Still at work, or stopped: whoever waits for the sheets is told by what."""
    job, made = job_of(export), export.parts_made
    if job is None or (job.status != JobStatus.FAILED and job.refusal is None):
        return SheetsNotReady(made=made, count=count)
    return SheetsFailed(made=made, count=count, reason=reason_of(job) or gettext("Its job has failed."))


def _is_wanted(export: CardExport, *, index: int) -> bool:
    is_open = export.status == ExportStatus.APPROVED and export.batch.wrapped_key is not None
    return is_open and export.parts_made == index


def _record(export: CardExport, *, by: Actor, at: datetime) -> None:
    audit.record(
        by=by, verb="card_export.sheets_made", subject_kind="card_batch", subject_id=export.batch_id,
        account_id=by.account_id, at=at,
        after={"batch": export.batch.prefix, "printer": export.printer, "files": export.parts_made},
    )  # fmt: skip
