"""Cards on sheets: ordered, approved, printed by a job in sealed files, fetched by one person, and nothing in plain."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pypdfium2
import pyrage
import pytest
import pyzipper
import zxingcpp
from django.conf import settings as django_settings

from prepaid_cards.documents.qr import qr_picture
from prepaid_cards.documents.sheets import Face, Printable, print_sheets
from prepaid_cards.errors import SheetsFailed, SheetsNotReady, TooManyForSheets
from prepaid_cards.flows.exports import fetch_export
from prepaid_cards.models import CardBatch, CardExport
from prepaid_cards.operations.exports import (
    approve_export,
    confirm_export,
    request_export,
    show_password,
    withdraw_export,
)
from prepaid_cards.operations.vault import read_rows
from prepaid_cards.rules import sheets as rules
from prepaid_cards.rules.codes import grouped
from prepaid_cards.rules.serials import serial_of, shown
from provider.kernel import clock, jobs
from provider.kernel.models import Job
from tests.factories import AT
from tests.prepaid_cards.conftest import House, codes_of, made_batch
from tests.prepaid_cards.test_operator_pages import browser

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


def a_face() -> Face:
    return Face(
        language="zh-hans", brand_name="Perennial", accent="#4350b5", product="12 months of Standard",
        grants="12 个月", worth="¥980.00", redeem_by="", address="perennial.example/redeem/",
    )  # fmt: skip


def cells_of(pdf: bytes) -> Iterator[tuple[str, list[str]]]:
    """What a holder sees of each card on the first sheet: its words, and what a camera reads out of its picture."""
    point, dots = 72 / 25.4, 200 / 25.4  # of a millimetre
    sheet = pypdfium2.PdfDocument(pdf)[0]
    words, picture = sheet.get_textpage(), sheet.render(scale=200 / 72, grayscale=True).to_pil()
    for top, left in product(range(5), range(2)):
        x, y = 19 + 86 * left, 13.5 + 54 * top
        cut = picture.crop(tuple(round(edge * dots) for edge in (x, y, x + 86, y + 54)))
        box = {"left": x, "bottom": 297 - y - 54, "right": x + 86, "top": 297 - y}
        said = words.get_text_bounded(**{name: edge * point for name, edge in box.items()})
        yield said, [found.text for found in zxingcpp.read_barcodes(cut)]


def test_a_camera_reads_the_address_with_the_secret_of_the_serial_beside_it(house: House) -> None:
    batch = made_batch(house, count=7)  # and three canaries: one sheet
    rows = read_rows(batch)

    cards = [Printable(serial=row.shown, code=row.code, link=row.link) for row in rows]
    cells = list(cells_of(print_sheets(a_face(), cards=cards)))

    assert len(rows) == len(cells) == 10
    for row, (said, read) in zip(rows, cells, strict=True):
        assert row.shown in said
        assert read == [f"{django_settings.SITE_URL}/redeem/#{row.code.replace('-', '')}"]


def test_whoever_fetches_is_told_why_there_are_no_sheets(house: House, settings: Any, tmp_path: Path) -> None:
    export = approve_export(export_id=asked(house, made_batch(house, count=1)).id, by=house.bo, at=AT)
    fonts, settings.FONTS_DIR = settings.FONTS_DIR, tmp_path
    assert export.job_id is not None
    job, at = jobs.run_to_end(job_id=export.job_id, at=clock.now()), clock.now()
    with pytest.raises(SheetsFailed) as refused:
        fetch_export(export_id=export.id, by=house.ann, at=AT)
    assert "python -m provider.embedded.fonts" in str(refused.value)

    while job.status != "failed":
        at += timedelta(hours=2)
        job = jobs.run_to_end(job_id=job.id, at=at)
    page = browser(house.ann.user_id).get(f"/operator/cards/batches/{export.batch_id}/").content.decode()
    assert "the fonts are not in" in page
    assert "The sheets could not be made" in page
    assert "Go on from where it stopped" in page

    settings.FONTS_DIR = fonts
    jobs.retry(job_id=job.id, by=house.ann, at=at)
    assert jobs.run_to_end(job_id=job.id, at=at).refusal is None
    assert fetch_export(export_id=export.id, by=house.ann, at=AT)


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
