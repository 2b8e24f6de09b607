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
_MOST_STYLES: Final = 24
_prepared = threading.local()


@dataclass(frozen=True, slots=True)
class Printed:
    """A document on paper, the characters that it could not show, and its number of pages."""

    content: bytes
    missing: list[str]
    page_count: int


def render_pdf(*, html: str, base: Path, language: str, style: str = "", style_of_many: str = "") -> Printed:
    """Print `html`, whose images lie in `base`; raises `PrintingUnavailable` where this machine cannot.

    `style` is CSS that many documents share: it is parsed once for each thread. `style_of_many` stands in its place
    where there is more than one page: counting pages lays a document out twice, which most need not pay for.
    """
    missing = missing_characters(unescape(_TAGS.sub("", html)))
    if missing:
        logger.warning("%d characters cannot be printed: %s", len(missing), " ".join(missing))
    document = _laid_out(html=html, base=base, language=language, style=style)
    if style_of_many and len(document.pages) > 1:
        document = _laid_out(html=html, base=base, language=language, style=style_of_many)
    return Printed(content=document.write_pdf(pdf_variant=VARIANT), missing=missing, page_count=len(document.pages))


def _laid_out(*, html: str, base: Path, language: str, style: str) -> Any:
    configuration, styles = _styles(language, style)
    source = weasyprint().HTML(string=html, base_url=f"{base.resolve().as_uri()}/", url_fetcher=_fetcher(base))
    return source.render(font_config=configuration, stylesheets=styles, pdf_variant=VARIANT)


def _styles(language: str, style: str) -> tuple[Any, list[Any]]:
    """The fonts and the shared style, read once for each thread and language."""
    known: dict[tuple[str, str], tuple[Any, list[Any]]] = _prepared.__dict__.setdefault("styles", {})
    if (language, style) not in known:
        if len(known) >= _MOST_STYLES:  # as many brands as that in one process: begin anew
            known.clear()
        library = weasyprint()
        configuration = library.text.fonts.FontConfiguration()
        fetcher = _fetcher(Path(settings.FONTS_DIR))
        sheets = [
            library.CSS(string=css, font_config=configuration, url_fetcher=fetcher)
            for css in (stylesheet(language), style)
            if css
        ]
        known[(language, style)] = (configuration, sheets)
    return known[(language, style)]


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
