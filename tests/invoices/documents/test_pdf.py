"""One page in three languages, printed with our own fonts; what cannot be printed is said."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from django.conf import settings

from invoices.documents import checks, fonts, library
from invoices.documents.pdf import render_pdf
from invoices.errors import PrintingUnavailable
from provider.embedded import fonts as makers
from provider.embedded.system import is_ci

THREE = """<html lang="{language}"><head><title>Invoice</title></head><body>
<p>Invoice 2026-000123, total 1,234.50</p>
<p>发票：续费十二个月，账户余额 ¥99.00</p><p><b>發票：續約十二個月，帳戶餘額</b></p>
</body></html>"""


@pytest.fixture(scope="module", autouse=True)
def _fonts_are_made() -> None:
    """Set-up makes them; where it has not, they are made here once."""
    makers.ensure(target=Path(settings.FONTS_DIR))


@pytest.fixture(scope="module")
def _can_print() -> None:
    try:
        library.weasyprint()
    except PrintingUnavailable as refusal:
        if is_ci():
            raise
        pytest.skip(str(refusal))


def _streams(pdf: bytes) -> bytes:
    """The whole of a PDF, its compressed streams opened."""
    compressed = re.findall(rb"/FlateDecode.*?stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return b"\n".join([pdf, *(zlib.decompress(stream) for stream in compressed)])


def _glyphs(content: bytes) -> set[bytes]:
    """The numbers of the glyphs that are painted; 0000 is .notdef, the empty box."""
    painted = re.findall(rb"<((?:[0-9a-f]{4})+)>", b"".join(re.findall(rb"\[.*?\] TJ", content)))
    return {run[i : i + 4] for run in painted for i in range(0, len(run), 4)}


@pytest.mark.usefixtures("_can_print")
@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_a_page_in_three_languages_is_printed_with_our_fonts(tmp_path: Path, language: str):
    printed = render_pdf(html=THREE.format(language=language), base=tmp_path, language=language)

    content = _streams(printed.content)
    used = {name.decode() for name in re.findall(rb"/BaseFont ?/[A-Z]{6}\+([\w-]+)", content)}
    assert printed.missing == []
    assert fonts.families(language)[0].replace(" ", "-") in used
    assert used <= {"Noto-Sans-SC", "Noto-Sans-SC-Bold", "Noto-Sans-TC", "Noto-Sans-TC-Bold"}
    assert len(_glyphs(content)) > 40
    assert b"0000" not in _glyphs(content)
    assert len(printed.content) < 100_000


def test_each_language_reads_its_own_shapes_first():
    assert fonts.families("zh-hant") == ["Noto Sans TC", "Noto Sans SC"]
    assert fonts.families("zh-hans") == ["Noto Sans SC", "Noto Sans TC"]
    assert fonts.families("en") == ["Noto Sans SC", "Noto Sans TC"]


def test_rare_names_are_printed_and_what_no_font_has_is_named_once():
    assert fonts.missing_characters("瓩燴、王小明 ¥ € — “Ægir”\n") == []
    assert fonts.missing_characters("한국 한") == ["한", "국"]


@pytest.mark.usefixtures("_can_print")
def test_what_cannot_be_printed_goes_with_the_document(tmp_path: Path, caplog):
    printed = render_pdf(html="<html lang=en><title>x</title><p>&#xd55c;</p></html>", base=tmp_path, language="en")

    assert printed.missing == ["한"]
    assert "1 characters cannot be printed" in caplog.text


@pytest.mark.usefixtures("_can_print")
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x.png", "file:///etc/hostname", "../secret.png"])
def test_a_document_reaches_nothing_outside_its_folder(tmp_path: Path, url: str, caplog):
    base = tmp_path / "document"
    base.mkdir()
    (tmp_path / "secret.png").write_bytes(b"\x89PNG")

    render_pdf(html=f'<html lang=en><title>x</title><img alt="" src="{url}"></html>', base=base, language="en")

    assert "may not load" in caplog.text


def test_without_fonts_the_line_that_makes_them_is_told(settings, tmp_path: Path):
    settings.FONTS_DIR = tmp_path

    with pytest.raises(PrintingUnavailable, match=r"python -m provider\.embedded\.fonts"):
        fonts.font_files()


def test_a_web_machine_that_cannot_print_is_warned_and_a_printing_one_is_stopped(settings, tmp_path: Path):
    settings.FONTS_DIR = tmp_path

    settings.PRINTS_DOCUMENTS = False
    assert [message.id for message in checks.check_printing()] == ["invoices.W001"]
    settings.PRINTS_DOCUMENTS = True
    assert [message.id for message in checks.check_printing()] == ["invoices.E001"]


def test_without_pango_the_missing_library_and_its_install_line_are_named():
    """In a process of its own: a library that was loaded once cannot be taken away again."""
    program = (
        "import ctypes.util, cffi\n"
        "def no_library(self, name, *rest): raise OSError(f\"cannot load library '{name}'.\\nmore words\")\n"
        "cffi.FFI.dlopen = no_library\n"
        "from invoices.documents.library import weasyprint\n"
        "try: weasyprint()\n"
        "except Exception as refusal: print(refusal)\n"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "cannot load library" in answer.stdout
    assert library.install_line() in answer.stdout
    assert "WeasyPrint could not import" not in answer.stdout + answer.stderr


def test_nothing_loads_the_printer_before_it_is_needed():
    program = "import sys, django; django.setup(); print('weasyprint' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"
