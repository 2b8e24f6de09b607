"""The certificate of an erasure on paper: from what was sealed, the same for ever; only the letterhead is of today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from invoices.documents.pdf import render_pdf
from invoices.documents.printing import paper_style
from provider.accounts.rules.erasure import PARTS
from provider.look import formats

_FOLDER: Final = Path(__file__).parent
_UTC: Final = ZoneInfo("UTC")  # the account's own zone is not sealed


def print_certificate(certificate: Mapping[str, Any], *, digest: str, issuer: str, accent: str) -> bytes:
    """The PDF, in the language of whoever asked; raises `PrintingUnavailable` where this machine cannot print."""
    language = certificate["language"]
    with override(language):
        html = render_to_string(
            "console/documents/certificate.html",
            {
                "certificate": certificate,
                "digest": digest,
                "issuer": issuer,
                "language_tag": formats.language_tag(language),
                "times": {name: _instant(certificate[name]) for name in ("asked_at", "approved_at", "erased_at")},
                "counts": [(gettext(PARTS[part]), count) for part, count in certificate["counts"].items()],
                "kept": [gettext(text) for text in certificate["kept"]],
            },
        )
    style = {"language": language, "accent": accent}
    return render_pdf(
        html=html, base=_FOLDER, language=language, style=paper_style(**style, has_many_pages=False),
        style_of_many=paper_style(**style, has_many_pages=True),
    ).content  # fmt: skip


def _instant(sealed: str) -> str:
    return f"{formats.instant(datetime.fromisoformat(sealed), zone=_UTC)} UTC"
