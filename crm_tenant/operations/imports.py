"""Imports: files taken, their columns understood, read in as a job, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext

from crm_tenant.errors import ColumnsMissing, ImportIsOver, ImportStillRuns, NothingToImport, TooManyRows
from crm_tenant.models import IMPORT_MOVES, Import, ImportFile, ImportStatus, Workspace
from crm_tenant.queries.desk import usual_stages
from crm_tenant.queries.imports import access_import, files_of, plan_of, sheet_of
from crm_tenant.rules.importing import (
    FIELDS,
    KEEP,
    SKIP,
    Fault,
    Plan,
    StageFacts,
    guess_kind,
    guess_mapping,
    guess_stage,
    missing_fields,
    read_row,
)
from crm_tenant.rules.reading import MOST_ROWS, Sheet, read_sheet
from crm_tenant.rules.texts import clean_line
from provider.kernel import audit, files, jobs
from provider.kernel.actor import Actor
from provider.kernel.state import move
from provider.kernel.tenancy import inside

PURPOSE: Final = "crm.import"
JOB: Final = "crm.import"
UNDO_JOB: Final = "crm.import_undo"
_KEEP_FAULTS: Final = 200
_MOST_STAGE_WORDS: Final = 40


def take_files(
    *, workspace: Workspace, uploads: Sequence[tuple[str, Any]], batch_id: UUID | None, by: Actor, at: datetime
) -> Import:
    """Store uploaded files, guess what they hold, and judge every row. Nothing is written to the CRM yet."""
    with inside(workspace_id=workspace.id):
        batch = access_import(batch_id) if batch_id else _new_import(workspace, by=by, at=at)
        if batch.status != ImportStatus.DRAFT:
            raise ImportIsOver()
        for name, content in uploads:
            _take_file(workspace, batch=batch, name=name, content=content, by=by, at=at)
        return batch


def _new_import(workspace: Workspace, *, by: Actor, at: datetime) -> Import:
    batch: Import = Import.objects.create(workspace_id=workspace.id, user_id=by.user_id, created_at=at)
    return batch


def _take_file(workspace: Workspace, *, batch: Import, name: str, content: Any, by: Actor, at: datetime) -> None:
    stored = files.store(purpose=PURPOSE, name=name, content=content, account_id=workspace.account_id, by=by, at=at)
    with files.open_file(stored) as opened:
        sheet = read_sheet(opened.read())
    kind = guess_kind(sheet.columns)
    file = ImportFile(
        workspace_id=workspace.id,
        batch=batch,
        file_id=stored.id,
        name=stored.name,
        kind=kind,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        columns=sheet.columns,
        mapping=guess_mapping(sheet.columns, kind=kind),
    )
    _understand(file, sheet=sheet, currency=workspace.currency, stages={})
    file.save(force_insert=True)


def map_columns(
    *,
    workspace: Workspace,
    file_id: UUID,
    kind: str,
    mapping: Mapping[str, str],
    stages: Mapping[str, str],
    by: Actor,
    at: datetime,
) -> ImportFile:
    """Say what a file holds and what its columns and its words for stages mean; every row is judged anew."""
    with inside(workspace_id=workspace.id):
        file: ImportFile = ImportFile.objects.select_for_update().get(pk=file_id)
        if file.batch.status != ImportStatus.DRAFT:
            raise ImportIsOver()
        is_same_kind = kind == file.kind
        known = {*FIELDS[kind], KEEP, SKIP}
        file.kind = kind
        file.mapping = (
            {number: field for number, field in mapping.items() if field in known}
            if is_same_kind
            else guess_mapping(file.columns, kind=kind)
        )
        _understand(file, sheet=sheet_of(file), currency=workspace.currency, stages=stages)
        file.save(update_fields=["kind", "mapping", "stages", "problems", "problem_count", "row_count"])
        return file


def leave_out(*, workspace_id: UUID, file_id: UUID, by: Actor, at: datetime) -> None:
    """Take a file out of an import that has not begun."""
    with inside(workspace_id=workspace_id):
        file = ImportFile.objects.select_for_update().get(pk=file_id)
        if file.batch.status != ImportStatus.DRAFT:
            raise ImportIsOver()
        file.delete()


def start_import(*, workspace: Workspace, batch_id: UUID, by: Actor, at: datetime) -> Import:
    """Begin reading the files in, as a job."""
    with inside(workspace_id=workspace.id):
        batch = access_import(batch_id, is_locked=True)
        if batch.status != ImportStatus.DRAFT:
            raise ImportIsOver()
        found = files_of(batch)
        if not found:
            raise NothingToImport()
        for file in found:
            _check_columns(file, currency=workspace.currency)

        job = jobs.start(
            kind=JOB, by=by, at=at, account_id=workspace.account_id, total=sum(file.row_count for file in found),
            params={"workspace_id": workspace.id, "import_id": batch.id, "name": _names(found)},
        )  # fmt: skip
        move(batch, to=ImportStatus.RUNNING, transitions=IMPORT_MOVES, started_at=at, job_id=job.id)
        audit.record(
            by=by, verb="import.started", subject_kind="import", subject_id=batch.id, account_id=workspace.account_id,
            at=at, after={"files": [file.name for file in found]},
        )  # fmt: skip
        return batch


def undo_import(*, workspace: Workspace, batch_id: UUID, is_over: bool, by: Actor, at: datetime) -> Import:
    """Put away what an import made and nobody has changed since, as a job."""
    with inside(workspace_id=workspace.id):
        batch = access_import(batch_id, is_locked=True)
        if batch.status == ImportStatus.RUNNING and not is_over:
            raise ImportStillRuns()
        job = jobs.start(
            kind=UNDO_JOB, by=by, at=at, account_id=workspace.account_id,
            params={"workspace_id": workspace.id, "import_id": batch.id},
        )  # fmt: skip
        move(batch, to=ImportStatus.UNDONE, transitions=IMPORT_MOVES, undone_at=at, job_id=job.id)
        audit.record(
            by=by, verb="import.undone", subject_kind="import", subject_id=batch.id, account_id=workspace.account_id,
            at=at,
        )  # fmt: skip
        return batch


def _names(found: Sequence[ImportFile]) -> str:
    return ", ".join(file.name for file in found)


def _check_columns(file: ImportFile, *, currency: str) -> None:
    missing = missing_fields(plan_of(file, currency=currency))
    if missing:
        words = {"name": gettext("Name"), "stage": gettext("Stage")}
        raise ColumnsMissing(file=file.name, fields=", ".join(words.get(name, name) for name in missing))


def _understand(file: ImportFile, *, sheet: Sheet, currency: str, stages: Mapping[str, str]) -> None:
    """Judge every row; keep what its words for stages mean, and the first faults."""
    known = [StageFacts(id=str(stage.id), name=stage.name, category=stage.category) for stage in usual_stages()]
    ids = {stage.id for stage in known}
    words = _stage_words(file, sheet=sheet)
    chosen = {word: stages.get(word) if stages.get(word) in ids else guess_stage(word, stages=known) for word in words}
    file.stages = chosen if file.kind == "deals" else {}
    faults, count, file.row_count = _judge(plan_of(file, currency=currency), sheet=sheet)
    file.problem_count = count
    file.problems = [
        {"row": fault.row, "text": fault.text, "facts": fault.facts, "is_fatal": fault.is_fatal} for fault in faults
    ]


def _stage_words(file: ImportFile, *, sheet: Sheet) -> list[str]:
    place = next((int(number) for number, field in file.mapping.items() if field == "stage"), None)
    if place is None:
        return []
    found: dict[str, None] = {}
    for _, cells in sheet.rows():
        word = clean_line(cells[place]) if place < len(cells) else ""
        if word and len(found) < _MOST_STAGE_WORDS:
            found.setdefault(word)
    return list(found)


def _judge(plan: Plan, *, sheet: Sheet) -> tuple[list[Fault], int, int]:
    first: list[Fault] = []
    count = rows = 0
    for number, cells in sheet.rows():
        rows += 1
        if rows > MOST_ROWS:
            raise TooManyRows(field="files", most=MOST_ROWS)
        faults = read_row(plan, number=number, cells=cells)[1]
        count += len(faults)
        first += faults[: max(0, _KEEP_FAULTS - len(first))]
    return first, count, rows
