"""What lies in the repository, and what does not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .source import PACKAGES, ROOT, inner, text_of, tracked_files

REQUIRED = {
    *PACKAGES, "tests", "docs", ".ci", "manage.py", "README.md", "pyproject.toml", "requirements.lock", "Makefile",
}  # fmt: skip
ALLOWED = REQUIRED | {
    "package.json", "package-lock.json", ".npmrc", ".editorconfig", ".gitattributes", ".gitignore", "LICENSE",
}  # fmt: skip

# Split, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a registry's address": r"py" + r"pi\.org|pythonhosted|registry\.npm" + r"js|registry\.yarn",
    "a path of one machine": r"/" + r"work/|/" + r"root/|/" + r"home/[a-z]|/Us" + r"ers/",
    "unfinished work": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b",
    "an issue's number": r"(?i)\b(?:iss" + r"ue|tick" + r"et) ?#?\d",
    "who typed it": r"(?i)(?<!user.)(?<!user)\bage" + r"nts?\b|\bClau" + r"de\b|\bGP" + r"T\b|language mod" + r"el",
}


def test_the_top_level_is_as_the_house_says() -> None:
    top = {inner(path).parts[0] for path in tracked_files()}

    assert top - ALLOWED == set()
    assert REQUIRED - top == set()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{inner(path)}:{number}: {line.strip()[:120]}"
        for path in tracked_files()
        if path != Path(__file__) and path.suffix not in (".lock", ".png", ".woff2")
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]

    assert not found


def test_locks_hold_hashes_and_no_addresses() -> None:
    lock = text_of(ROOT / "requirements.lock")
    blocks = [block for block in re.split(r"\n(?=\S)", lock) if block.strip() and not block.startswith("#")]

    assert "://" not in lock
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_front_ends_lock_holds_no_addresses() -> None:
    path = ROOT / "package-lock.json"
    if not path.exists():
        pytest.skip("There is no front end yet.")
    packages = json.loads(text_of(path))["packages"]

    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


def test_nothing_generated_is_committed() -> None:
    generated = (".mo", ".pyc", ".sqlite3", ".min.js", ".min.css", ".map", ".zip", ".pdf", ".ttf", ".woff", ".woff2")

    assert [str(inner(path)) for path in tracked_files() if path.name.endswith(generated)] == []


def test_only_a_few_small_pictures_are_no_text() -> None:
    """Those of the README: palette PNGs, each under 60 kB, eight at the most."""
    binaries = [path for path in tracked_files() if b"\0" in path.read_bytes()]
    pictures = [path for path in binaries if path.parent == ROOT / "docs" / "pictures" and path.suffix == ".png"]

    assert [str(inner(path)) for path in binaries if path not in pictures] == []
    assert len(pictures) <= 8
    assert [path.name for path in pictures if path.stat().st_size >= 60_000] == []
    assert [path.name for path in pictures if not _is_palette_png(path.read_bytes())] == []


def _is_palette_png(content: bytes) -> bool:
    """The header says PNG, and its colour type that it has a palette."""
    return content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR" and content[25] == 3
