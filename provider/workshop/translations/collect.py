"""Which texts a package shows: found in its Python code and in its templates."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

# How Babel reads the arguments: "c" is the context.
KEYWORDS: Final[dict[str, Any]] = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "N_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_TEMPLATE_SUFFIXES: Final = frozenset({".html", ".txt", ".svg", ".xml"})

# A cotton attribute such as :label="_('Paid until')" is plain text to the lexer, yet translated when evaluated.
_ATTRIBUTE_CALL = re.compile(r"""(?<![\w.])_\((?:'([^'\n]+)'|"([^"\n]+)")\)""")


class Text(NamedTuple):
    """One translatable text: what stands in the code, with its plural and its context if it has them."""

    msgid: str
    plural: str = ""
    context: str = ""


def package_folders(root: Path) -> dict[str, Path]:
    """Every package of ours that may have texts, by dotted name."""
    folders = [path.parent for path in sorted(root.glob("*/apps.py")) + sorted(root.glob("*/*/apps.py"))]
    return {".".join(folder.relative_to(root).parts): folder for folder in folders if folder.parts[-1] != "tests"}


def texts_of(folder: Path) -> dict[Text, list[str]]:
    """The package's texts, each with the places it is used at (`file:line`), for whoever translates."""
    found: dict[Text, list[str]] = {}
    for path in _sources(folder):
        for line, text in texts_in(path):
            found.setdefault(text, []).append(f"{path.relative_to(folder)}:{line}")
    return found


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder).parts
        if "migrations" in inner or "static" in inner or "locale" in inner:
            continue
        if path.suffix == ".py" or (path.suffix in _TEMPLATE_SUFFIXES and "templates" in inner):
            yield path


def texts_in(path: Path) -> Iterator[tuple[int, Text]]:
    """The texts of one file, with their line numbers."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _in_python(source)
        return
    yield from _in_python(_as_python(source, origin=str(path)))
    for number, line in enumerate(source.splitlines(), start=1):
        for match in _ATTRIBUTE_CALL.finditer(_without_tags(line)):
            yield number, Text(match[1] or match[2])


def _as_python(template: str, *, origin: str) -> str:
    """The template as calls of gettext, line by line, with all else blanked and no indentation to stumble over."""
    blanked = templatize(template, origin=origin)
    return "\n".join(line.strip() for line in blanked.splitlines())


def _without_tags(line: str) -> str:
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", line)


def _in_python(source: str) -> Iterator[tuple[int, Text]]:
    call: Any
    for call in extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {"encoding": "utf-8"}):
        line, function, message, _comments = call
        parts = [part for part in (message if isinstance(message, tuple) else (message,)) if isinstance(part, str)]
        text = _text(function, parts)
        if text:
            yield line, text


def _text(function: str, parts: list[str]) -> Text | None:
    """A call's literal arguments as a text; None when the first is no literal (a variable was passed on)."""
    context = parts.pop(0) if "pgettext" in function and parts else ""
    if not parts or not parts[0]:
        return None
    is_plural = function.startswith("n")
    return Text(msgid=parts[0], plural=parts[1] if is_plural and len(parts) > 1 else "", context=context)
