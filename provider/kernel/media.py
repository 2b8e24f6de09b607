"""What kind of file something is, by its name and by its first bytes. Whatever is not in this list is not taken.

HTML, SVG and programs are not in it on purpose: nothing that a browser would run is ever stored.
"""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import Final

import puremagic

PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
WEBP: Final = "image/webp"
CSV: Final = "text/csv"
TEXT: Final = "text/plain"
JSON: Final = "application/json"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP: Final = "application/zip"

ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    PDF: (".pdf",),
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg"),
    WEBP: (".webp",),
    CSV: (".csv",),
    TEXT: (".txt", ".log"),
    JSON: (".json", ".jsonl"),
    XLSX: (".xlsx",),
    ZIP: (".zip",),
}
_TEXTUAL: Final = frozenset({CSV, TEXT, JSON})
_ENCODINGS: Final = ("utf-8-sig", "utf-16", "gb18030", "big5")
HEAD_BYTES: Final = 4096
_LONGEST_NAME: Final = 120
_FORBIDDEN_IN_NAMES: Final = frozenset('<>:"/\\|?*')


def type_by_name(name: str) -> str | None:
    """The media type that a file's name says it has, or None."""
    ending = PurePosixPath(name.lower()).suffix
    return next((kind for kind, endings in ENDINGS.items() if ending in endings), None)


def is_of_type(head: bytes, *, media_type: str) -> bool:
    """Whether the first `HEAD_BYTES` of a file can be the beginning of this type."""
    if media_type in _TEXTUAL:
        return _is_text(head)
    if media_type in (XLSX, ZIP):  # an empty archive has only its end mark
        return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and (media_type == ZIP or _is_workbook(head))
    try:
        return any(match.mime_type == media_type for match in puremagic.magic_string(head))
    except puremagic.PureError:
        return False


def _is_workbook(head: bytes) -> bool:
    return any(mark in head for mark in (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/"))


def _is_text(head: bytes) -> bool:
    """Text in one of the encodings of our users, without control characters, and not a page or a programme."""
    if head.lstrip()[:64].lower().startswith((b"<!doctype", b"<html", b"<svg", b"<script", b"#!", b"%pdf")):
        return False
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return any(_decodes(head, encoding=encoding) for encoding in _ENCODINGS)


def _decodes(head: bytes, *, encoding: str) -> bool:
    if encoding == "utf-16" and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    for cut in range(4):  # the head may end inside of a character
        try:
            text = head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n\f" for letter in text)
    return False


def safe_name(name: str, *, media_type: str) -> str:
    """A file name that every system takes, with an ending of its type: no folders, no marks that turn text around."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        "_" if letter in _FORBIDDEN_IN_NAMES else letter
        for letter in last
        if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    path = PurePosixPath(kept.strip(" ."))
    endings = ENDINGS[media_type]
    ending = path.suffix.lower() if path.suffix.lower() in endings else endings[0]
    stem = path.stem.strip(" .") or "file"
    return stem[: _LONGEST_NAME - len(ending)] + ending
