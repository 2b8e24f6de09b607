"""Documents on paper from their snapshots: three languages, one or many pages, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from invoices.documents import library
from invoices.documents.page import Logo, html_of, page_of
from invoices.documents.printing import file_name, print_document
from invoices.errors import PrintingUnavailable
from provider.embedded import fonts as makers
from provider.embedded.system import is_ci

from .samples import credit_note, invoice

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


@pytest.fixture(scope="module", autouse=True)
def _can_print() -> None:
    makers.ensure(target=Path(settings.FONTS_DIR))
    try:
        library.weasyprint()
    except PrintingUnavailable as refusal:
        if is_ci():
            raise
        pytest.skip(str(refusal))


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_an_invoice_is_printed_whole_and_the_same_each_time(language: str):
    first, second = print_document(invoice(language)), print_document(invoice(language))

    assert first.missing == []
    assert first.content == second.content
    assert first.content.startswith(b"%PDF-")
    assert first.page_count == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Invoice", "Billed to", "14–30 November 2026 · Team, monthly · 100.00 for 17 of 30 days", "1,779.10",
                "Tax 6% of 760.00", "This is not a tax fapiao.", "Hong Kong SAR China"]),
        ("zh-hans", ["账单", "购买方", "2026年11月14日至11月30日", "应付", "恒泰物流有限公司", "本单据非税务发票。"]),
        ("zh-hant", ["帳單", "買受人", "付款期限", "應付", "順豐貿易股份有限公司", "匯款時請註明：SH-2026-004817"]),
    ],
)  # fmt: skip
def test_it_speaks_the_language_of_the_document_whoever_prints_it(language: str, words: list[str]):
    with override("zh-hans" if language == "en" else "en"):
        html = html_of(invoice(language))

    assert [word for word in words if word not in html] == []


def test_many_lines_take_several_pages_with_their_numbers():
    printed = print_document(invoice("zh-hans", extra_lines=60))

    assert printed.page_count == 4


def test_a_credit_note_names_its_invoice_and_reason_and_asks_for_nothing():
    page = page_of(credit_note())

    assert page.heading == "Credit note"
    assert ("For invoice", "SH-2026-004817") in page.facts
    assert ("Reason", "Seats") in page.notes
    assert "Due" not in [row.label for row in page.sums]


def test_a_receipt_says_what_was_received():
    receipt = replace(invoice(), kind="receipt", taxes=(), coupons=(), due_on=None, due_minor=0)

    page = page_of(receipt)

    assert [(row.label, row.amount) for row in page.sums] == [("Received", "2,005.60")]
    assert page.tax_word == ""


def test_what_no_font_has_is_named_to_whoever_printed():
    strange = replace(invoice(), buyer=replace(invoice().buyer, name="한국 Trading"))

    assert print_document(strange).missing == ["한", "국"]


def test_names_are_text_and_never_markup():
    sly = replace(invoice(), buyer=replace(invoice().buyer, name="<b>Bold</b> & Sons"))

    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons" in html_of(sly)


def test_a_logo_stands_in_the_head_and_a_test_document_says_so():
    html = html_of(replace(invoice(), is_test=True), logo=Logo(media_type="image/png", content=PIXEL))

    assert 'src="data:image/png;base64,iVBOR' in html
    assert "Test document: nothing is owed and nothing is paid." in html
    assert print_document(invoice(), logo=Logo(media_type="image/png", content=PIXEL)).content


def test_the_file_has_a_name_for_every_system():
    assert file_name(invoice()) == "invoice-SH-2026-004817.pdf"
    assert file_name(replace(invoice(), number="2026/7 a")) == "invoice-2026-7-a.pdf"
