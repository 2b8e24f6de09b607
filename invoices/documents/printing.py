"""A document's snapshot printed: the same snapshot gives the same bytes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from django.utils.translation import gettext, override

from invoices.rules.snapshot import Snapshot
from provider.look import formats
from provider.look.brand import mail_colours

from .page import Logo, html_of
from .pdf import Printed, render_pdf

_FOLDER: Final = Path(__file__).parent


def print_document(document: Snapshot, *, logo: Logo | None = None) -> Printed:
    """The PDF, and the characters that no font has; raises `PrintingUnavailable` where this machine cannot print."""
    style = {"language": document.language, "accent": document.brand.accent}
    return render_pdf(
        html=html_of(document, logo=logo),
        base=_FOLDER,
        language=document.language,
        style=paper_style(**style, has_many_pages=False),
        style_of_many=paper_style(**style, has_many_pages=True),
    )


def file_name(document: Snapshot) -> str:
    """The name under which a reader saves the document: the heading in its language would not suit every system."""
    return f"{document.kind}-{document.number}.pdf".replace("/", "-").replace(" ", "-")


@cache
def _sheet() -> str:
    return (_FOLDER / "paper.css").read_text(encoding="utf-8")


@cache
def paper_style(*, language: str, accent: str, has_many_pages: bool) -> str:
    """The sheet, the page numbers in the document's language, and the brand's colour where it can be read."""
    colour = mail_colours(accent=accent, accent_dark=accent)["ground"]
    line_height = "1.4" if formats.language_tag(language) == "en" else "1.55"
    return "\n".join(
        [
            _sheet(),
            f"@page {{ @bottom-right {{ content: {_page_number(language, has_many_pages=has_many_pages)}; }} }}",
            f"html {{ line-height: {line_height}; }}",
            f"h1 {{ color: {colour}; }}",
            f".head, .sums .due td {{ border-color: {colour}; }}",
        ]
    )


def _page_number(language: str, *, has_many_pages: bool) -> str:
    with override(language):
        text = gettext("Page {page} of {pages}")
    if not has_many_pages:
        return _css(text.format(page=1, pages=1))
    before, between, after = text.replace("{pages}", "{page}").split("{page}")
    return f"{_css(before)} counter(page) {_css(between)} counter(pages) {_css(after)}"


def _css(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
