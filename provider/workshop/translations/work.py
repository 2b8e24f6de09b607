"""What a translator does: bring catalogues up to date, see what is missing, fill it in, check all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from . import catalogs
from .catalogs import LANGUAGES, Entries, catalogue_path
from .collect import Text, package_folders, texts_of
from .judge import faults

SCRIPTS = {"hans": "zh_Hans", "hant": "zh_Hant", "zh_Hans": "zh_Hans", "zh_Hant": "zh_Hant"}


class WrongFile(Exception):
    """A file to fill from that cannot be read; the message says where."""


def update(root: Path, *, package: str = "") -> list[Path]:
    """Bring the catalogues in line with the code: unused texts out, and in what another package has translated
    already. What has no translation yet stays out: an empty entry would only be in the way of merging. Returns the
    files that changed."""
    folders = package_folders(root)
    known = {language: _known(folders, language) for language in LANGUAGES}
    changed = []
    for name in [package] if package else folders:
        used = texts_of(folders[name])
        for language in LANGUAGES:
            path = catalogue_path(folders[name], language)
            now = catalogs.read(path)
            found = {text: now.get(text) or known[language].get(text, "") for text in used}
            entries = {text: translation for text, translation in found.items() if translation}
            if (entries or path.exists()) and catalogs.write(path, entries, language=language):
                changed.append(path)
    return changed


def _known(folders: dict[str, Path], language: str) -> Entries:
    known: Entries = {}
    for folder in folders.values():
        entries = catalogs.read(catalogue_path(folder, language))
        known |= {text: translation for text, translation in entries.items() if translation}
    return known


def compile_all(root: Path) -> int:
    """Compile whatever is newer than its compiled form; how many files that were."""
    return sum(catalogs.compile_folder(folder) for folder in package_folders(root).values())


def is_stale(root: Path) -> bool:
    """Whether something is to be compiled."""
    return any(catalogs.is_stale(folder) for folder in package_folders(root).values())


def missing(root: Path, *, package: str = "") -> Iterator[dict[str, Any]]:
    """Each text that lacks a translation, as a row that can be filled in and handed to `fill`."""
    folders = package_folders(root)
    for name in [package] if package else folders:
        entries = {key: catalogs.read(catalogue_path(folders[name], key)) for key in LANGUAGES}
        for text, places in sorted(texts_of(folders[name]).items()):
            row = {key: entries[key].get(text, "") for key in LANGUAGES}
            if not all(row.values()):
                yield {"package": name, **text._asdict(), **row, "at": places[0]}


def fill(root: Path, *, source: Path, package: str = "") -> tuple[int, list[str]]:
    """Write the translations of a file into every catalogue that wants them; how many, and the msgids nobody wants.

    JSON: a list of objects with msgid, zh_Hans, zh_Hant and, if they have them, context and plural; or one object,
    {"msgid": ["hans", "hant"]}. Anything else is read as tab-separated: msgid, hans, hant.
    """
    rows = list(_rows(source))
    folders = package_folders(root)
    wanted_by_somebody: set[int] = set()
    count = 0
    for name in [package] if package else folders:
        used = texts_of(folders[name])
        for language in LANGUAGES:
            path = catalogue_path(folders[name], language)
            entries = catalogs.read(path)
            entries = {text: entries.get(text, "") for text in used}
            for number, row in enumerate(rows):
                for text in [text for text in used if _is_meant(text, row)]:
                    wanted_by_somebody.add(number)
                    count += bool(row[language]) and entries[text] != row[language]
                    entries[text] = row[language] or entries[text]
            if any(entries.values()) or path.exists():
                catalogs.write(path, {text: said for text, said in entries.items() if said}, language=language)
    return count, [row["msgid"] for number, row in enumerate(rows) if number not in wanted_by_somebody]


def _is_meant(text: Text, row: dict[str, str]) -> bool:
    return text.msgid == row["msgid"] and row.get("context", "") in ("", text.context)


def _rows(source: Path) -> Iterator[dict[str, str]]:
    content = source.read_text(encoding="utf-8")
    if source.suffix == ".json":
        yield from _rows_of_json(content)
        return
    for number, cells in enumerate(csv.reader(content.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
        if not cells or cells[0].startswith("#"):
            continue
        if len(cells) != 3:
            raise WrongFile(f"{source}, line {number}: expected msgid, hans, hant, got {len(cells)} cells.")
        msgid, hans, hant = (cell.replace("\\n", "\n") for cell in cells)
        yield {"msgid": msgid, "zh_Hans": hans, "zh_Hant": hant}


def _rows_of_json(content: str) -> Iterator[dict[str, str]]:
    data = json.loads(content)
    if isinstance(data, dict):
        data = [{"msgid": msgid, "zh_Hans": pair[0], "zh_Hant": pair[1]} for msgid, pair in data.items()]
    for row in data:
        known = {SCRIPTS.get(key, key): value for key, value in row.items()}
        if "msgid" not in known:
            raise WrongFile(f"A row has no msgid: {row}")
        yield {"zh_Hans": "", "zh_Hant": "", **known}


def _alone_and_counted(used: Iterable[Text]) -> list[str]:
    forms: dict[tuple[str, str], set[bool]] = {}
    for text in used:
        forms.setdefault((text.context, text.msgid), set()).add(bool(text.plural))
    return sorted(msgid for (_, msgid), counted in forms.items() if len(counted) > 1)


def problems(root: Path) -> Iterator[str]:
    """Everything wrong with the catalogues, one line each; silence means that every text can be read by everybody."""
    folders = package_folders(root)
    for language in LANGUAGES:
        first_in: dict[Text, tuple[str, str]] = {}
        for name, folder in folders.items():
            path = catalogue_path(folder, language)
            entries = catalogs.read(path)
            used = texts_of(folder)
            yield from (f"{path.relative_to(root)}: unused: {text.msgid!r}" for text in sorted(entries.keys() - used))
            yield from (
                f"{path.relative_to(root)}: {msgid!r} is also the singular of a plural; one hides the other"
                for msgid in _alone_and_counted(used)
            )
            for text, places in sorted(used.items()):
                translation = entries.get(text, "")
                for fault in faults(text, translation, language=language):
                    yield f"{path.relative_to(root)}: {text.msgid!r} ({places[0]}) {fault}"
                other, said = first_in.setdefault(text, (name, translation))
                if translation and said and translation != said:
                    yield f"{path.relative_to(root)}: {text.msgid!r} is “{translation}” here, “{said}” in {other}"
