"""The certificate of an erasure on paper: from what was sealed, the same for ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from invoices.documents.pdf import render_pdf
from provider.accounts.rules.erasure import PARTS

_FOLDER: Final = Path(__file__).parent


def print_certificate(certificate: Mapping[str, Any], *, digest: str) -> bytes:
    """The PDF, in the language of whoever asked; raises `PrintingUnavailable` where this machine cannot print."""
    language = certificate["language"]
    instants = {name: datetime.fromisoformat(certificate[name]) for name in ("asked_at", "approved_at", "erased_at")}
    with override(language):
        html = render_to_string(
            "console/documents/certificate.html",
            {
                "certificate": certificate,
                "digest": digest,
                "language": language,
                "counts": [(gettext(PARTS[part]), count) for part, count in certificate["counts"].items()],
                "kept": [gettext(text) for text in certificate["kept"]],
                **instants,
            },
        )
    return render_pdf(html=html, base=_FOLDER, language=language).content
