"""The catalogue files: read, written so that they merge well, compiled for Django."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from .collect import Text

LANGUAGES: Final = {"zh_Hans": "zh-hans", "zh_Hant": "zh-hant"}

Entries = dict[Text, str]


def catalogue_path(folder: Path, language: str) -> Path:
    """Where a package keeps one language."""
    return folder / "locale" / language / "LC_MESSAGES" / "django.po"


def read(path: Path) -> Entries:
    """The catalogue's translations; a missing file is an empty catalogue."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    entries: Entries = {}
    message: Any  # one form and several are different types to Babel
    for message in catalog:
        if not message.id:
            continue
        msgid, plural = message.id if message.pluralizable else (message.id, "")
        string = message.string[0] if message.pluralizable else message.string
        entries[Text(msgid, plural, message.context or "")] = string or ""
    return entries


def write(path: Path, entries: Entries, *, language: str) -> bool:
    """Write the catalogue, sorted, one line a string; say whether the file changed.

    One line a string, and no line that two entries share, because two branches that both add entries are then joined
    by git's union merge without mixing them.
    """
    lines = ['msgid ""', f'msgstr "{_header(language)}"', ""]
    for text in sorted(entries, key=lambda text: (text.msgid, text.context)):
        lines += [*_entry(text, entries[text]), ""]
    content = "\n".join(lines)
    if path.exists() and path.read_text(encoding="utf-8") == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return True


def _header(language: str) -> str:
    plural = "Plural-Forms: nplurals=1; plural=0;\\n"
    return f"Language: {language}\\nContent-Type: text/plain; charset=UTF-8\\n{plural}"


def _entry(text: Text, translation: str) -> list[str]:
    lines = [f"msgctxt {_quoted(text.context)}"] if text.context else []
    lines.append(f"msgid {_quoted(text.msgid)}")
    if text.plural:
        return [*lines, f"msgid_plural {_quoted(text.plural)}", f"msgstr[0] {_quoted(translation)}"]
    return [*lines, f"msgstr {_quoted(translation)}"]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def compile_folder(folder: Path) -> int:
    """Compile the package's catalogues that are newer than their compiled form; how many that were."""
    return sum(_compile(catalogue_path(folder, language), language=language) for language in LANGUAGES)


def _compile(path: Path, *, language: str) -> bool:
    target = path.with_suffix(".mo")
    if not path.exists():
        target.unlink(missing_ok=True)
        return False
    if target.exists() and target.stat().st_mtime_ns >= path.stat().st_mtime_ns:
        return False
    catalog = Catalog(locale=language, charset="utf-8")
    for text, translation in read(path).items():
        msgid = (text.msgid, text.plural) if text.plural else text.msgid
        if translation:
            catalog.add(msgid, (translation,) if text.plural else translation, context=text.context or None)
    # Beside the target and moved over it: several test processes may compile at the same moment.
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        write_mo(file, catalog)
    Path(name).replace(target)
    return True
