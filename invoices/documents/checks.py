"""Told at start: whether this machine can print."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution

from invoices.errors import PrintingUnavailable

from .fonts import font_files
from .library import weasyprint


def check_printing(**kwargs: Any) -> list[CheckMessage]:
    """invoices.W001 on any machine that cannot print; invoices.E001 on one whose work it is."""
    try:
        weasyprint()
        font_files()
    except PrintingUnavailable as refusal:
        hint = "Billing and payments go on; documents wait until a machine can print them."
        if settings.PRINTS_DOCUMENTS:
            return [Error(str(refusal), hint=hint, id="invoices.E001")]
        return [Caution(str(refusal), hint=hint, id="invoices.W001")]
    return []
