"""HTML to PDF: nothing is fetched from anywhere but the fonts and the document's own folder."""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from django.conf import settings

from .fonts import missing_characters, stylesheet
from .library import weasyprint

logger = logging.getLogger(__name__)

VARIANT: Final = "pdf/ua-1"  # tagged, so that a screen reader can read it
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_prepared = threading.local()


@dataclass(frozen=True, slots=True)
class Printed:
    """A document on paper, and the characters that it could not show."""

    content: bytes
    missing: list[str]


def render_pdf(*, html: str, base: Path, language: str) -> Printed:
    """Print `html`, whose images and styles lie in `base`; raises `PrintingUnavailable` where this machine cannot."""
    library = weasyprint()
    missing = missing_characters(unescape(_TAGS.sub("", html)))
    if missing:
        logger.warning("%d characters cannot be printed: %s", len(missing), " ".join(missing))
    configuration, styles = _styles(language)
    document = library.HTML(string=html, base_url=f"{base.resolve().as_uri()}/", url_fetcher=_fetcher(base))
    content = document.write_pdf(stylesheets=styles, font_config=configuration, pdf_variant=VARIANT)
    return Printed(content=content, missing=missing)


def _styles(language: str) -> tuple[Any, list[Any]]:
    """The fonts, read once for each thread and language."""
    known: dict[str, tuple[Any, list[Any]]] = _prepared.__dict__.setdefault("styles", {})
    if language not in known:
        library = weasyprint()
        configuration = library.text.fonts.FontConfiguration()
        sheet = library.CSS(
            string=stylesheet(language), font_config=configuration, url_fetcher=_fetcher(Path(settings.FONTS_DIR))
        )
        known[language] = (configuration, [sheet])
    return known[language]


def _fetcher(base: Path) -> Any:
    """Files under `base` or the fonts' folder and nothing else: a document must not reach into the network."""
    library = weasyprint()
    allowed = (base.resolve(), Path(settings.FONTS_DIR).resolve())

    class Fetcher(library.urls.URLFetcher):  # type: ignore[misc,name-defined]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            parts = urlsplit(url)
            path = Path(unquote(parts.path)).resolve()
            is_inside = parts.scheme == "file" and any(path.is_relative_to(folder) for folder in allowed)
            if parts.scheme != "data" and not is_inside:
                raise ValueError(f"A document may not load {url}.")
            return super().fetch(url, headers)

    return Fetcher(allowed_protocols={"file", "data"}, allow_redirects=False)
