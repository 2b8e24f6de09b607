"""Cards on paper, ten to a sheet, to be cut: each with its code and the QR code of its address. Made in memory only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.template.loader import get_template
from django.utils.translation import override

from invoices.documents.page import Logo, data_address
from invoices.documents.pdf import render_pdf
from prepaid_cards.rules.sheets import COLUMNS, ON_A_SHEET, ROWS
from provider.look import formats
from provider.look.brand import mail_colours

from .qr import qr_picture

TEMPLATE: Final = "prepaid_cards/documents/sheets.html"
_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What stands on every card of a batch, in the language of its holders."""

    language: str
    brand_name: str
    accent: str
    product: str
    grants: str
    worth: str
    redeem_by: str
    address: str  # where the code is typed, as people read it
    logo: Logo | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Printable:
    """One card: what only it has."""

    serial: str
    code: str
    link: str


@dataclass(frozen=True, slots=True, repr=False)
class _Place:
    card: Printable
    qr: str


def print_sheets(face: Face, *, cards: Sequence[Printable]) -> bytes:
    """The PDF of these cards; raises `PrintingUnavailable` where this machine cannot print."""
    places = [_Place(card=card, qr=qr_picture(card.link)) for card in cards]
    context = {
        "face": face,
        "logo": data_address(face.logo) if face.logo else "",
        "language_tag": formats.language_tag(face.language),
        "sheets": [_rows(places[start : start + ON_A_SHEET]) for start in range(0, len(places), ON_A_SHEET)],
        "columns": range(COLUMNS + 1),
        "rows": range(ROWS + 1),
    }
    with override(face.language):
        html = get_template(TEMPLATE).render(context)
    return render_pdf(html=html, base=_FOLDER, language=face.language, style=_style(face.accent)).content


def _rows(places: Sequence[_Place]) -> list[list[_Place | None]]:
    """One sheet, its last row filled up with nothing."""
    filled = [*places, *[None] * (-len(places) % COLUMNS)]
    return [filled[start : start + COLUMNS] for start in range(0, len(filled), COLUMNS)]


@cache
def _style(accent: str) -> str:
    """The sheet in the brand's colour, darkened until white words can be read on it."""
    colour = mail_colours(accent=accent, accent_dark=accent)["ground"]
    sheet = (_FOLDER / "sheets.css").read_text(encoding="utf-8")
    return f"{sheet}\n.band {{ background: {colour}; }}"
