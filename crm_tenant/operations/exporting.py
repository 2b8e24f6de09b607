"""The export of everything: written part by part as a job, then bound into one archive of CSV and JSON.

A chunk stores its rows as lines of JSON in a file of its own; the last chunk reads these, so that a job that was cut
goes on where it was, and no chunk holds more than its rows.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.files import File
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from crm_tenant.errors import ExportRunsAlready
from crm_tenant.models import (
    Activity,
    Company,
    Deal,
    Merge,
    Note,
    Person,
    Sale,
    Salesperson,
    Stage,
    StageMove,
    Task,
    Workspace,
)
from crm_tenant.rules.exporting import PARTS, csv_cell, csv_columns
from provider.accounts.models import Account
from provider.kernel import audit, files, jobs
from provider.kernel.actor import Actor
from provider.kernel.encoding import to_plain
from provider.kernel.errors import N_
from provider.kernel.jobs import Chunk, Outcome, Result
from provider.kernel.models import Job, StoredFile
from provider.kernel.money import to_decimal
from provider.kernel.tenancy import inside

JOB: Final = "crm.export"
PURPOSE: Final = "crm.export"
PART_PURPOSE: Final = "crm.export_part"
ROWS: Final = 5_000
MODELS: Final[dict[str, Any]] = {
    "companies": Company, "people": Person, "deals": Deal, "steps": Task, "notes": Note, "history": Activity,
    "moves": StageMove, "sales_people": Salesperson, "stages": Stage, "merges": Merge,
    "sales": Sale,
}  # fmt: skip
_NAMES: Final = list(PARTS)
_BOM: Final = "\ufeff"  # by which Excel knows UTF-8


def start_export(*, workspace: Workspace, language: str, by: Actor, at: datetime) -> Job:
    """Begin the export of everything in the workspace, as a job; one at a time."""
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.id)
        running = Job.objects.filter(kind=JOB, account_id=workspace.account_id, status__in=("queued", "running"))
        if running.exists():
            raise ExportRunsAlready()
        job = jobs.start(
            kind=JOB, by=by, at=at, account_id=workspace.account_id, total=sum(count_parts(workspace).values()),
            params={"workspace_id": workspace.id, "language": language, "name": workspace.name},
        )  # fmt: skip
        audit.record(
            by=by, verb="export.started", subject_kind="workspace", subject_id=workspace.id,
            account_id=workspace.account_id, at=at,
        )  # fmt: skip
        return job


def count_parts(workspace: Workspace) -> dict[str, int]:
    """How many rows each part has."""
    with inside(workspace_id=workspace.id):
        return {part: MODELS[part].objects.count() for part in PARTS}


def export_chunk(chunk: Chunk) -> Outcome:
    """Write the next rows down, or bind what was written; the step of the job."""
    workspace = Workspace.objects.get(pk=chunk.params["workspace_id"])
    cursor = chunk.cursor or {"part": 0, "after": None, "files": []}
    if cursor["part"] == len(_NAMES):
        return _bound(chunk, workspace, written=cursor["files"])

    part = _NAMES[cursor["part"]]
    with inside(workspace_id=workspace.id):
        rows = _rows(part, after=cursor["after"])
    written = cursor["files"]
    if rows:
        stored = files.store(
            purpose=PART_PURPOSE, name=f"{part}.jsonl", content=_lines(rows), account_id=workspace.account_id,
            by=chunk.by, at=chunk.at,
        )  # fmt: skip
        written = [*written, [part, str(stored.id), len(rows)]]
    is_done = len(rows) < ROWS
    after = {"part": cursor["part"] + 1, "after": None} if is_done else {**cursor, "after": rows[-1]["id"]}
    return Outcome(cursor=after | {"files": written}, handled=len(rows), counts={part: len(rows)} if rows else {})


def _rows(part: str, *, after: str | None) -> list[dict[str, Any]]:
    """The next rows of a part, as plain values by their keys."""
    model = MODELS[part]
    rows = model.objects.order_by("pk")
    rows = rows.filter(pk__gt=UUID(after)) if after else rows
    has_amount = any(column.key == "amount" for column in PARTS[part])
    wanted = {column.key: column.source for column in PARTS[part] if column.key != "amount"}
    extra = {"amount_minor"} if has_amount else set()
    found = []
    for row in rows.values(*{*wanted.values(), *extra})[:ROWS]:
        plain = {key: row[source] for key, source in wanted.items()}
        if has_amount:
            plain["amount"] = str(to_decimal(minor=row["amount_minor"], currency=row["currency"]))
        found.append(to_plain(plain))
    return found


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


# --- Binding ---


def _bound(chunk: Chunk, workspace: Workspace, *, written: Sequence[Any]) -> Outcome:
    """One archive of what the chunks before have written."""
    account = Account.objects.get(pk=workspace.account_id)
    zone = ZoneInfo(account.time_zone)
    day = chunk.at.astimezone(zone).strftime("%Y-%m-%d")
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            with translation.override(chunk.params["language"]):
                for part in _NAMES:
                    _write_csv(archive, part, written=written, zone=zone)
            for part in _NAMES:
                _write_json(archive, part, written=written)
            archive.writestr("about.json", _about(workspace, written=written, at=chunk.at))
        target.seek(0)
        stored = files.store(
            purpose=PURPOSE, name=f"crm-export-{day}.zip", content=File(target), account_id=workspace.account_id,
            by=chunk.by, at=chunk.at,
        )  # fmt: skip
    return Outcome(cursor=None, result=Result(label=N_("Download the export"), file_id=stored.id))


def _write_csv(archive: zipfile.ZipFile, part: str, *, written: Sequence[Any], zone: ZoneInfo) -> None:
    columns = csv_columns(part)
    with archive.open(f"{part}.csv", "w") as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        text.write(_BOM)
        writer = csv.writer(text)
        writer.writerow([gettext(column.heading) for column in columns])
        for row in _written_rows(part, written=written):
            writer.writerow([csv_cell(row[column.key], kind=column.kind, zone=zone) for column in columns])


def _write_json(archive: zipfile.ZipFile, part: str, *, written: Sequence[Any]) -> None:
    with archive.open(f"{part}.json", "w") as raw:
        raw.write(b"[")
        for number, row in enumerate(_written_rows(part, written=written)):
            raw.write(b",\n" if number else b"\n")
            raw.write(json.dumps(row, ensure_ascii=False).encode())
        raw.write(b"\n]\n")


def _written_rows(part: str, *, written: Sequence[Any]) -> Iterator[dict[str, Any]]:
    ids = [UUID(file_id) for name, file_id, _count in written if name == part]
    stored = StoredFile.objects.in_bulk(ids)
    for file_id in ids:
        with files.open_file(stored[file_id]) as lines:
            for line in lines:
                yield json.loads(line)


def _about(workspace: Workspace, *, written: Sequence[Any], at: datetime) -> str:
    counts = dict.fromkeys(_NAMES, 0)
    for part, _file_id, count in written:
        counts[part] += count
    told = {"workspace": workspace.name, "exported_at": at.isoformat(), "rows": counts, "currency": workspace.currency}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
