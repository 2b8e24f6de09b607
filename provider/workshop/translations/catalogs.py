"""The catalogue files: read, written so that they merge well, compiled for Django."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from .collect import Text

LANGUAGES: Final = {"zh_Hans": "zh-hans", "zh_Hant": "zh-hant"}

Entries = dict[Text, str]


def catalogue_path(folder: Path, language: str) -> Path:
    """Where a package keeps one language."""
    return folder / "locale" / language / "LC_MESSAGES" / "django.po"


class WrongCatalogue(ValueError):
    """A catalogue that cannot be read; the message says where."""


_LINE = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr(?:\[0\])?) (".*")$')


def read(path: Path) -> Entries:
    """The catalogue's translations; a missing file is an empty catalogue.

    Reads what `write` writes, and what git's union merge makes of two of these: several msgids above one translation
    have it in common, and of two translations below one msgid the first that says something counts.
    """
    if not path.exists():
        return {}
    entries: Entries = {}
    above: list[dict[str, str]] = []
    is_translated = True
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        field, value = _field(line, where=f"{path}, line {number}")
        if field.startswith("msgstr"):
            is_translated = True
            for text in (_text_of(parts) for parts in above):
                entries[text] = entries.get(text) or value
            continue
        if is_translated:
            above, is_translated = [], False
        if not above or field == "msgctxt" or (field == "msgid" and "msgid" in above[-1]):
            above.append({})
        above[-1][field] = value
    entries.pop(Text(""), None)
    return entries


def _field(line: str, *, where: str) -> tuple[str, str]:
    match = _LINE.match(line.strip())
    try:
        return match[1], json.loads(match[2])  # type: ignore[index]
    except (TypeError, ValueError) as trouble:
        raise WrongCatalogue(f"{where}: expected msgid or msgstr with a text in quotation marks: {line}") from trouble


def _text_of(parts: dict[str, str]) -> Text:
    return Text(parts.get("msgid", ""), parts.get("msgid_plural", ""), parts.get("msgctxt", ""))


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


def is_stale(folder: Path) -> bool:
    """Whether a catalogue of the package is newer than its compiled form."""
    return any(_is_stale(catalogue_path(folder, language)) for language in LANGUAGES)


def _is_stale(path: Path) -> bool:
    target = path.with_suffix(".mo")
    return path.exists() and not (target.exists() and target.stat().st_mtime_ns >= path.stat().st_mtime_ns)


def _compile(path: Path, *, language: str) -> bool:
    target = path.with_suffix(".mo")
    if not path.exists():
        target.unlink(missing_ok=True)
        return False
    if not _is_stale(path):
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
