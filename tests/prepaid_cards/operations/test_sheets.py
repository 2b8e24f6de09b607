"""Cards on sheets: ordered, approved, printed by a job in sealed files, fetched by one person, and nothing in plain."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pyrage
import pytest
import pyzipper

from prepaid_cards.documents.qr import qr_picture
from prepaid_cards.errors import SheetsNotReady, TooManyForSheets
from prepaid_cards.flows.exports import fetch_export
from prepaid_cards.models import CardBatch, CardExport
from prepaid_cards.operations.exports import (
    approve_export,
    confirm_export,
    request_export,
    show_password,
    withdraw_export,
)
from prepaid_cards.rules import sheets as rules
from prepaid_cards.rules.codes import grouped
from prepaid_cards.rules.serials import serial_of, shown
from provider.kernel import clock, jobs
from provider.kernel.models import Job
from tests.factories import AT
from tests.prepaid_cards.conftest import House, codes_of, made_batch

PRINTER = pyrage.x25519.Identity.generate()


def asked(house: House, batch: CardBatch, *, method: str = "archive") -> CardExport:
    return request_export(
        batch_id=batch.id, method=method, printer="Own office", recipient=str(PRINTER.to_public()),
        is_recipient_good=True, sheets_in="zh-hans", by=house.ann, at=AT,
    )  # fmt: skip


def printed(house: House, batch: CardBatch, *, method: str = "archive") -> CardExport:
    export = approve_export(export_id=asked(house, batch, method=method).id, by=house.bo, at=AT)
    assert export.job_id is not None
    jobs.run_to_end(job_id=export.job_id, at=clock.now())
    export.refresh_from_db()
    return export


def text_of(pdf: bytes) -> str:
    """The words of a PDF, piece by piece: glyphs by the tables of its fonts."""
    found = re.findall(rb"<<[^\n]*?/FlateDecode[^\n]*?>>\nstream\n(.*?)\nendstream", pdf, re.DOTALL)
    streams = [zlib.decompress(one) for one in found]
    glyphs = {
        glyph: bytes.fromhex(letters.decode()).decode("utf-16-be")
        for stream in streams
        for glyph, letters in re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]{4,})>", stream)
    }
    pieces = [piece for stream in streams for piece in re.findall(rb"\[([^\]]*)\] TJ", stream)]
    return "\n".join(
        "".join(
            glyphs[run[at : at + 4]] for run in re.findall(rb"<([0-9a-f]*)>", piece) for at in range(0, len(run), 4)
        )
        for piece in pieces
    )


def test_every_card_stands_on_a_sheet_and_only_inside_the_archive(house: House, vault: Path) -> None:
    batch = made_batch(house, count=9)
    codes = codes_of(batch)

    export = printed(house, batch)
    sealed = b"".join(path.read_bytes() for path in vault.rglob("*") if path.is_file())
    _, content = fetch_export(export_id=export.id, by=house.ann, at=AT)

    assert not any(form.encode() in sealed + content for code in codes.values() for form in (code, grouped(code)))
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["manifest.json", "cards-00001-00012.pdf"]
        archive.setpassword(show_password(export_id=export.id, by=house.ann, at=AT).encode())
        pdf = archive.read("cards-00001-00012.pdf")
    words = text_of(pdf)
    for counter, code in codes.items():
        assert grouped(code) in words
        assert shown(serial_of(prefix=batch.prefix, counter=counter)) in words
    assert "扫描二维码" in words
    assert words.count("12 months of Standard") == 12
    assert len(re.findall(rb"/Subtype /Image", pdf)) == 12
    assert len(set(map(qr_picture, codes.values()))) == 12


def test_the_printer_gets_its_sheets_under_its_own_key_and_ends_the_secrets(
    house: House, vault: Path, django_capture_on_commit_callbacks: Any
) -> None:
    export = printed(house, made_batch(house, count=1), method="age")
    _, content = fetch_export(export_id=export.id, by=house.ann, at=AT)
    fetch_export(export_id=export.id, by=house.ann, at=AT)  # a broken download, again

    with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(content, [PRINTER]))) as archive:
        assert [name[-4:] for name in archive.namelist()] == [".pdf", "json"]
    export.refresh_from_db()
    assert export.file_sha256
    with django_capture_on_commit_callbacks(execute=True):
        confirm_export(export_id=export.id, file_sha256=bytes(export.file_sha256).hex(), by=house.bo, at=AT)
    assert list(vault.iterdir()) == []


def test_sheets_are_not_fetched_before_all_are_there_and_a_withdrawn_request_leaves_none(
    house: House, vault: Path, django_capture_on_commit_callbacks: Any
) -> None:
    batch = made_batch(house, count=1)
    export = approve_export(export_id=asked(house, batch).id, by=house.bo, at=AT)
    with pytest.raises(SheetsNotReady):
        fetch_export(export_id=export.id, by=house.ann, at=AT)

    with django_capture_on_commit_callbacks(execute=True):
        withdraw_export(export_id=export.id, by=house.ann, at=AT)
    assert export.job_id is not None
    jobs.run_to_end(job_id=export.job_id, at=clock.now())

    assert Job.objects.get(id=export.job_id).status == "done"
    assert [path.suffix for path in vault.iterdir()] == [".sealed"]
    assert asked(house, batch).status == "requested"


def test_a_batch_that_is_too_large_for_sheets_is_refused_with_what_to_do(house: House) -> None:
    batch = made_batch(house, count=rules.MOST_CARDS)  # and its canaries

    with pytest.raises(TooManyForSheets) as refused:
        asked(house, batch)
    assert refused.value.facts["most"] == 5000


def test_parts_hold_every_card_once() -> None:
    parts = [rules.part_of(index=index, cards=230) for index in range(rules.part_count(230))]

    assert [(part.first, part.last, part.count) for part in parts] == [(1, 100, 100), (101, 200, 100), (201, 230, 30)]
    assert [rules.part_name(part) for part in parts][-1] == "cards-00201-00230.pdf"
