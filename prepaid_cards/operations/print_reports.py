"""The printer's answer: which cards are good and which were spoiled. Spoiled ones leave the stock, in no book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.core.files import File
from django.db import transaction

from prepaid_cards.errors import BatchStateForbids, PrintReportHasNoColumns, PrintReportReadBefore
from prepaid_cards.models import (
    BatchKind,
    BatchStatus,
    Card,
    CardBatch,
    CardEvent,
    CardStatus,
    CardVerb,
    PrintReport,
    PrintReportStatus,
)
from prepaid_cards.rules.print_reports import (
    Layout,
    Line,
    NoColumns,
    layout_of,
    name_card,
    read_lines,
    room_for,
    runs_of,
)
from provider.kernel import audit, files, jobs
from provider.kernel.actor import Actor
from provider.kernel.errors import N_
from provider.kernel.jobs import Chunk, Outcome, Result
from provider.kernel.models import StoredFile

from .locks import lock_batch
from .runs import Told, move_range

PURPOSE: Final = "prepaid_cards.print_report"
READ: Final = "prepaid_cards.read_print_report"
_LINES: Final = 20_000  # of a chunk
_KEEP_PROBLEMS: Final = 100
_AT_THE_PRINTER: Final = (BatchStatus.EXPORTED, BatchStatus.OPEN, BatchStatus.LOCKED)


def take_print_report(*, batch_id: UUID, name: str, content: Any, by: Actor, at: datetime) -> PrintReport:
    """Store a printer's file and begin to read it, as a job. The same file twice is refused."""
    with transaction.atomic():
        batch = lock_batch(batch_id)
        if batch.kind != BatchKind.PRINTED or batch.status not in _AT_THE_PRINTER:
            raise BatchStateForbids(prefix=batch.prefix, state=BatchStatus(batch.status).label)
        stored = files.store(purpose=PURPOSE, name=name, content=content, account_id=by.account_id, by=by, at=at)
        if PrintReport.objects.filter(batch=batch, file_sha256=stored.sha256).exists():
            raise PrintReportReadBefore(field="file")
        encoding, _ = _beginning(stored)

        report = PrintReport.objects.create(
            batch=batch, file_id=stored.id, file_name=stored.name, file_sha256=stored.sha256, encoding=encoding, at=at,
            user_id=by.user_id, seen=bytes(room_for(batch.total_count)),
        )  # fmt: skip
        job = jobs.start(
            kind=READ, params={"report_id": report.id, "name": stored.name}, by=by, at=at, account_id=by.account_id
        )
        PrintReport.objects.filter(id=report.id).update(job_id=job.id)
        report.job_id = job.id

        _record(report, verb="card_batch.print_report_taken", after={"file": stored.name}, by=by, at=at)
        return report


def read_chunk(chunk: Chunk) -> Outcome:
    """The job's step: some thousand lines, under the batch's lock."""
    found = PrintReport.objects.get(id=UUID(chunk.params["report_id"]))
    batch = lock_batch(found.batch_id)
    report = PrintReport.objects.select_for_update().get(id=found.id)
    stored = StoredFile.objects.get(id=report.file_id)
    encoding, layout = _beginning(stored)
    offset, row = chunk.cursor or (0, 0)
    with files.open_file(stored) as opened:
        opened.seek(offset)
        raw = list(islice(iter(opened.readline, b""), _LINES))
        after = opened.tell()
    texts = [(row + number, line.decode(encoding, errors="replace")) for number, line in enumerate(raw, start=1)]
    lines = list(
        read_lines(texts[1:] if not row else texts, layout=layout, prefix=batch.prefix, total=batch.total_count)
    )  # fmt: skip
    counts = _apply(report, batch=batch, lines=lines, by=chunk.by, at=chunk.at)
    is_last = len(raw) < _LINES
    if is_last:
        _finish(report, by=chunk.by, at=chunk.at)
    link = Result(label=N_("What the printer says"), url=f"/operator/cards/batches/{batch.id}/printed/")
    return Outcome(
        cursor=None if is_last else [after, row + len(raw)], handled=len(raw), counts=dict(counts),
        result=link if is_last else None,
    )  # fmt: skip


def _beginning(stored: StoredFile) -> tuple[str, Layout]:
    """In which letters a file is written and where its columns are."""
    with files.open_file(stored) as opened:
        head = opened.readline()
        encoding = _encoding_of(opened, head=head)
    try:
        return encoding, layout_of(head.decode(encoding, errors="replace"))
    except NoColumns:
        raise PrintReportHasNoColumns(field="file") from None


def _encoding_of(opened: File[bytes], *, head: bytes) -> str:
    """UTF-8 if the beginning of the file is, else that of mainland China, which holds all the others' digits."""
    sample = head + b"".join(islice(iter(opened.readline, b""), 200))
    try:
        sample.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _apply(
    report: PrintReport, *, batch: CardBatch, lines: Sequence[Line], by: Actor, at: datetime
) -> Counter[str]:  # fmt: skip
    """Write what the lines say; how many of each kind."""
    seen, counts = bytearray(report.seen), Counter[str]()
    fresh: list[Line] = []
    for line in lines:
        if not line.counter:
            counts["unknown"] += 1
        elif name_card(seen, counter=line.counter):
            fresh.append(line)
        else:
            counts["repeated"] += 1
    good = [line.counter for line in fresh if line.kind == "good"]
    spoiled = {line.counter: line for line in fresh if line.kind == "spoiled"}
    _tell_printed(report, batch=batch, counters=good, by=by, at=at)
    late = _still_elsewhere(batch, counters=list(spoiled))
    counts["good"] = len(good)
    counts["spoiled"] = _take_out(report, batch=batch, counters=set(spoiled) - late.keys(), by=by, at=at)
    counts["late"] = len(late)
    problems = [[line.row, line.text, line.kind] for line in lines if not line.counter]
    problems += [[spoiled[counter].row, spoiled[counter].text, status] for counter, status in late.items()]
    _add(report, seen=bytes(seen), counts=counts, problems=sorted(problems))
    return counts


def _tell_printed(report: PrintReport, *, batch: CardBatch, counters: Sequence[int], by: Actor, at: datetime) -> None:
    CardEvent.objects.bulk_create(
        CardEvent(
            batch=batch, first=first, last=last, verb=CardVerb.PRINTED, at=at, user_id=by.user_id, act_id=report.id
        )
        for first, last in runs_of(counters)
    )


def _still_elsewhere(batch: CardBatch, *, counters: Sequence[int]) -> dict[int, str]:
    """Spoiled cards that are not in the store: somebody has a card that the printer threw away, or so it says."""
    rows = Card.objects.filter(batch=batch, counter__in=counters, is_canary=False)
    rows = rows.exclude(status__in=[CardStatus.GENERATED, CardStatus.VOID])
    return dict(rows.order_by("counter").values_list("counter", "status"))


def _take_out(report: PrintReport, *, batch: CardBatch, counters: set[int], by: Actor, at: datetime) -> int:
    told = Told(verb=CardVerb.VOIDED, act_id=report.id, reason="Spoiled by the printer")
    return sum(
        move_range(
            batch=batch, first=first, last=last, froms=[CardStatus.GENERATED], to=CardStatus.VOID,
            changes={"voided_at": "%(at)s"}, values={}, told=told, by=by, at=at,
        )
        for first, last in runs_of(counters)
    )  # fmt: skip


def _add(report: PrintReport, *, seen: bytes, counts: Counter[str], problems: list[list[Any]]) -> None:
    report.seen = seen
    report.good_count += counts["good"]
    report.spoiled_count += counts["spoiled"]
    report.late_count += counts["late"]
    report.unknown_count += counts["unknown"]
    report.repeated_count += counts["repeated"]
    report.problems = [*report.problems, *problems][:_KEEP_PROBLEMS]
    report.save(
        update_fields=[
            "seen", "good_count", "spoiled_count", "late_count", "unknown_count", "repeated_count", "problems",
        ]
    )  # fmt: skip


def _finish(report: PrintReport, *, by: Actor, at: datetime) -> None:
    report.status, report.read_at = PrintReportStatus.READ, at
    report.save(update_fields=["status", "read_at"])
    facts = {
        "file": report.file_name, "good": report.good_count, "spoiled": report.spoiled_count,
        "late": report.late_count, "unknown": report.unknown_count,
    }  # fmt: skip
    _record(report, verb="card_batch.print_report_read", after=facts, by=by, at=at)


def _record(report: PrintReport, *, verb: str, after: dict[str, Any], by: Actor, at: datetime) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="card_batch", subject_id=report.batch_id, account_id=by.account_id, at=at,
        after={"batch": report.batch.prefix} | after,
    )  # fmt: skip
