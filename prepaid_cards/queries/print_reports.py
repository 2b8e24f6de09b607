"""What printers have said of a batch's cards."""

from __future__ import annotations

from dataclasses import dataclass

from prepaid_cards.models import CardBatch, PrintReport
from prepaid_cards.rules.print_reports import missing_count, missing_runs, named_by_any
from prepaid_cards.rules.serials import serial_of, shown

_RUNS = 20


def print_reports_of(batch: CardBatch) -> list[PrintReport]:
    """The printer's files of a batch, the latest first."""
    return list(PrintReport.objects.filter(batch=batch).select_related("user").order_by("-at", "-id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unnamed:
    """Cards that no file of the printer names: how many, and their first runs by serial."""

    count: int
    runs: list[tuple[str, str]]


def unnamed_in(batch: CardBatch, reports: list[PrintReport]) -> Unnamed:
    """What the printer still owes an answer about."""
    seen = named_by_any((bytes(report.seen) for report in reports), total=batch.total_count)
    runs = missing_runs(seen, total=batch.total_count, limit=_RUNS)
    return Unnamed(
        count=missing_count(seen, total=batch.total_count),
        runs=[(_serial(batch, first), _serial(batch, last)) for first, last in runs],
    )


def _serial(batch: CardBatch, counter: int) -> str:
    return shown(serial_of(prefix=batch.prefix, counter=counter))
