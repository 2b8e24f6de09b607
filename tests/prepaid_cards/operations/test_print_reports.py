"""The printer's answer, read back: good cards are noted, spoiled ones leave the stock, the rest is told."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.core.files.base import ContentFile

from prepaid_cards.errors import BatchStateForbids, PrintReportHasNoColumns, PrintReportReadBefore
from prepaid_cards.models import Card, CardBatch, CardEvent, PrintReport
from prepaid_cards.operations import print_reports
from prepaid_cards.operations.generation import canaries_of
from prepaid_cards.operations.print_reports import take_print_report
from prepaid_cards.operations.shipments import ship
from prepaid_cards.queries.cards import access_card_by_serial, card_history
from prepaid_cards.queries.print_reports import print_reports_of, unnamed_in
from prepaid_cards.rules.serials import serial_of, shown
from provider.kernel import clock, jobs
from tests.factories import AT
from tests.prepaid_cards.conftest import House, made_batch, opened_batch


def ordinary(batch: CardBatch) -> list[int]:
    """The counters of cards that are no canaries."""
    return [counter for counter in range(1, batch.total_count + 1) if counter not in canaries_of(batch)]


def serial(batch: CardBatch, counter: int) -> str:
    return serial_of(prefix=batch.prefix, counter=counter)


def sent(house: House, batch: CardBatch, lines: Iterable[str], *, encoding: str = "utf-8") -> PrintReport:
    """The printer's file, read to its end."""
    content = ContentFile("\r\n".join(lines).encode(encoding))
    report = take_print_report(batch_id=batch.id, name="results.csv", content=content, by=house.ann, at=AT)
    assert report.job_id is not None
    jobs.run_to_end(job_id=report.job_id, at=clock.now())
    report.refresh_from_db()
    return report


def test_a_file_of_several_chunks_is_reconciled_card_by_card(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_reports, "_LINES", 4)
    batch = opened_batch(house, count=20)
    first, second, third, fourth, *others = ordinary(batch)
    ship(batch_id=batch.id, first=third, last=third, to_account_id=house.reseller.id, by=house.ann, at=AT)
    lines = [
        "Serial,Result",
        f"{shown(serial(batch, first))},OK",
        f"{serial(batch, second)},spoiled",
        "",
        f"{serial(batch, third)},spoiled",
        f"{serial(batch, first)},spoiled",
        "26000100000019,OK",
        f"{serial(batch, fourth)},perhaps",
        *[f"{serial(batch, counter)},ok" for counter in others],
    ]

    report = sent(house, batch, lines)

    counts = (report.good_count, report.spoiled_count, report.late_count, report.unknown_count, report.repeated_count)
    assert report.status == "read"
    assert counts == (1 + len(others), 1, 1, 2, 1)
    assert [(row, kind) for row, _, kind in report.problems] == [(5, "shipped"), (7, "unknown"), (8, "no_result")]
    assert Card.objects.get(batch=batch, counter=second).status == "void"
    assert Card.objects.get(batch=batch, counter=third).status == "shipped"
    history = card_history(access_card_by_serial(serial=serial(batch, first)))
    assert [line.verb for line in history] == ["generated", "printed"]
    assert CardEvent.objects.filter(batch=batch, verb="printed").count() < len(others), "neighbours are told in one row"
    unnamed = unnamed_in(batch, print_reports_of(batch))
    assert unnamed.count == len(canaries_of(batch)) + 1
    assert any(shown(serial(batch, fourth)) in run for run in unnamed.runs)


def test_a_file_of_a_chinese_spreadsheet_is_read(house: House) -> None:
    batch = opened_batch(house, count=3)
    good, bad, *_ = ordinary(batch)

    report = sent(
        house, batch, ["序列号;结果", f"{serial(batch, good)};成功", f"{serial(batch, bad)};报废"], encoding="gb18030"
    )  # fmt: skip

    assert (report.good_count, report.spoiled_count, report.unknown_count) == (1, 1, 0)


def test_the_same_file_twice_is_refused_and_another_one_fills_the_gaps(house: House) -> None:
    batch = opened_batch(house, count=2)
    every = [f"{serial(batch, counter)},ok" for counter in range(1, batch.total_count + 1)]
    sent(house, batch, ["serial,result", *every[:2]])

    with pytest.raises(PrintReportReadBefore):
        sent(house, batch, ["serial,result", *every[:2]])

    sent(house, batch, ["serial,result", *every[1:]])
    assert unnamed_in(batch, print_reports_of(batch)).count == 0


def test_a_file_without_its_columns_or_before_the_printer_has_anything_is_refused(house: House) -> None:
    batch = opened_batch(house, count=2)
    with pytest.raises(PrintReportHasNoColumns):
        sent(house, batch, [serial(batch, 1)])
    assert not PrintReport.objects.exists()

    with pytest.raises(BatchStateForbids):
        sent(house, made_batch(house, count=2), ["serial,result"])
