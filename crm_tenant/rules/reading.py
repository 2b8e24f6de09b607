"""Files as people have them: in which letters they are written, how their cells are parted, what their columns mean."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from crm_tenant.errors import FileHasNoHeadings, FileNotReadable, RowBroken

MOST_ROWS: Final = 100_000
_DELIMITERS: Final = ",\t;|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file read: its encoding, how cells are parted, its headings, and its rows with their numbers in the file."""

    encoding: str
    delimiter: str
    columns: list[str]
    text: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that is not empty, numbered as people count: the headings are row 1."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter)
        is_past_headings = False
        for number, cells in _numbered(reader):
            if not any(cell.strip() for cell in cells):
                continue
            if not is_past_headings:
                is_past_headings = True
                continue
            yield number, cells


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells
    except csv.Error as trouble:
        raise RowBroken(field="csv_files", row=number + 1) from trouble


def read_sheet(content: bytes) -> Sheet:
    """The file as a sheet; refuses what is no text, or has no headings."""
    text, encoding = decode(content)
    csv.field_size_limit(1_000_000)
    delimiter = _delimiter_of(text)
    try:
        columns = next((row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)), [])
    except csv.Error as trouble:
        raise FileNotReadable(field="files") from trouble
    names = [" ".join(column.split()) for column in columns]
    if len([name for name in names if name]) < 1 or len(names) > 200:
        raise FileHasNoHeadings(field="files")
    return Sheet(encoding=encoding, delimiter=delimiter, columns=names, text=text)


def decode(content: bytes) -> tuple[str, str]:
    """Text and its encoding: UTF-8, UTF-16 by their marks, else GB18030 or Big5 by which makes more usual words."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(content, "utf-16"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    usual = {"GB18030": _usual_in_gb(content), "Big5": _usual_in_big5(content)}
    best = max(usual, key=lambda name: usual[name])
    if usual[best] <= 0:
        raise FileNotReadable(field="files")
    return _strictly(content, best), best


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as trouble:
        raise FileNotReadable(field="files") from trouble


def _usual_in_gb(content: bytes) -> int:
    """How many in a thousand two-byte letters are usual ones in GB18030; -1 where it is not GB18030."""
    return _usual(content, encoding="gb18030", low=0xB0, high=0xD7)


def _usual_in_big5(content: bytes) -> int:
    return _usual(content, encoding="big5", low=0xA4, high=0xC6)


def _usual(content: bytes, *, encoding: str, low: int, high: int) -> int:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return -1
    letters = [char for char in text if ord(char) > 0x7F]
    if not letters or any(0x80 <= ord(char) < 0xA0 for char in letters):
        return -1
    firsts = [char.encode(encoding)[0] for char in letters]
    return 1000 * sum(low <= first <= high for first in firsts) // len(letters)


def _delimiter_of(text: str) -> str:
    """What parts the cells of the first line most often."""
    first = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)


def too_many_cells(cells: Sequence[str], *, columns: Sequence[str]) -> bool:
    """Whether a row has more cells than there are headings; empty ones at the end do not count."""
    return any(cell.strip() for cell in cells[len(columns) :])
