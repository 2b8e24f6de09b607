"""Which fonts print a document, and which characters they lack."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from invoices.errors import PrintingUnavailable

_WEIGHTS = {400: "400", 700: "700"}
_SIMPLIFIED, _TRADITIONAL = "SC", "TC"
_FIRST = {"zh-hant": (_TRADITIONAL, _SIMPLIFIED)}  # every other language begins with the simplified one


@dataclass(frozen=True, slots=True)
class FontFile:
    family: str
    weight: int
    path: Path


def font_files() -> list[FontFile]:
    """The merged fonts; raises `PrintingUnavailable` where set-up has not made them."""
    folder = Path(settings.FONTS_DIR)
    files = [
        FontFile(family=f"Noto Sans {script}", weight=weight, path=folder / f"NotoSans{script}-{name}.ttf")
        for script in (_SIMPLIFIED, _TRADITIONAL)
        for weight, name in _WEIGHTS.items()
    ]
    if not (folder / ".stamp").exists():
        raise PrintingUnavailable(lacks=f"the fonts are not in {folder}; python -m provider.embedded.fonts")
    return files


def families(language: str) -> list[str]:
    """The families for a language, the one whose shapes its readers expect first."""
    return [f"Noto Sans {script}" for script in _FIRST.get(language.lower(), (_SIMPLIFIED, _TRADITIONAL))]


def stylesheet(language: str) -> str:
    """The fonts as CSS: their files, and the stack for the language."""
    faces = [
        f'@font-face {{ font-family: "{font.family}"; font-weight: {font.weight}; src: url("{font.path.as_uri()}"); }}'
        for font in font_files()
    ]
    stack = ", ".join(f'"{family}"' for family in families(language))
    return "\n".join([*faces, f"html {{ font-family: {stack}; }}"])


def missing_characters(text: str) -> list[str]:
    """The characters of `text` that none of the fonts can print, each once; printed, they would be empty boxes."""
    known = _code_points(tuple(font.path for font in font_files() if font.weight == 400))
    wanted = dict.fromkeys(character for character in text if unicodedata.category(character)[0] not in "CZ")
    return [character for character in wanted if ord(character) not in known]


@cache
def _code_points(paths: tuple[Path, ...]) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    found: set[int] = set()
    for path in paths:
        with TTFont(path, lazy=True) as font:
            found |= font.getBestCmap().keys()
    return frozenset(found)
