"""A printer's file of results: its columns, the words for good and spoiled, and which cards it leaves out."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from .serials import BadSerial, normalise, read_serial

Kind = Literal["good", "spoiled", "unknown", "no_result"]
_SERIAL: Final = frozenset({"serial", "serial number", "serial_printed", "序列号", "序號", "序号", "卡号", "卡號"})
_RESULT: Final = frozenset({"result", "status", "state", "结果", "結果", "状态", "狀態"})
_GOOD: Final = frozenset({"ok", "good", "printed", "1", "成功", "合格", "正常", "良品"})
_SPOILED: Final = frozenset(
    {
        "spoiled",
        "spoilt",
        "bad",
        "damaged",
        "failed",
        "0",
        "报废",
        "報廢",
        "损坏",
        "損壞",
        "不良",
        "不良品",
        "作废",
        "作廢",
    }
)
_DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the cells of a file are parted, and in which of them serial and result stand."""

    delimiter: str
    serial: int
    result: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line that was read: what it says of which card, or what is wrong with it."""

    row: int
    text: str
    kind: Kind
    counter: int = 0


class NoColumns(ValueError):
    """The first line does not name a column of serials and one of results."""


def layout_of(headings: str) -> Layout:
    """What the first line says; raises `NoColumns`."""
    for delimiter in _DELIMITERS:
        names = [name.strip().lower() for name in _cells(headings, delimiter)]
        serials = [place for place, name in enumerate(names) if name in _SERIAL]
        results = [place for place, name in enumerate(names) if name in _RESULT]
        if serials and results:
            return Layout(delimiter=delimiter, serial=serials[0], result=results[0])
    raise NoColumns


def read_lines(lines: Iterable[tuple[int, str]], *, layout: Layout, prefix: str, total: int) -> Iterator[Line]:
    """What each line says of a batch; empty ones are passed over."""
    for row, text in lines:
        if text.strip(" \t\r\n,;|"):
            yield _line(row, text, layout=layout, prefix=prefix, total=total)


def _line(row: int, text: str, *, layout: Layout, prefix: str, total: int) -> Line:
    cells = [*_cells(text, layout.delimiter), "", ""]
    typed = cells[layout.serial] if layout.serial < len(cells) else ""
    result = (cells[layout.result] if layout.result < len(cells) else "").strip().lower()
    try:
        serial = read_serial(typed)
    except BadSerial:
        return Line(row=row, text=typed.strip()[:40], kind="unknown")
    if serial.prefix != prefix or serial.counter > total:
        return Line(row=row, text=normalise(typed), kind="unknown")
    if result not in _GOOD | _SPOILED:
        return Line(row=row, text=result[:40], kind="no_result")
    return Line(
        row=row, text=normalise(typed), kind="good" if result in _GOOD else "spoiled", counter=serial.counter
    )  # fmt: skip


def _cells(text: str, delimiter: str) -> list[str]:
    return next(csv.reader([text.rstrip("\r\n")], delimiter=delimiter), [])


# --- Which cards a file names ---


def room_for(total: int) -> bytearray:
    """A bit for each card of a batch, none of them named."""
    return bytearray(-(-total // 8))


def name_card(seen: bytearray, *, counter: int) -> bool:
    """Note that a card is named; whether it was not before."""
    place, bit = divmod(counter - 1, 8)
    is_new = not seen[place] >> bit & 1
    seen[place] |= 1 << bit
    return is_new


def named_by_any(reports: Iterable[bytes], *, total: int) -> bytes:
    """The cards that at least one of the files names."""
    together = 0
    for seen in reports:
        together |= int.from_bytes(seen, "little")
    return together.to_bytes(-(-total // 8), "little")


def missing_count(seen: bytes, *, total: int) -> int:
    """How many cards no file names."""
    return total - int.from_bytes(seen, "little").bit_count()


def missing_runs(seen: bytes, *, total: int, limit: int) -> list[tuple[int, int]]:
    """The first runs of cards that no file names."""
    runs: list[tuple[int, int]] = []
    for place, byte in enumerate(seen):
        if byte == 0xFF:
            continue
        for counter in range(8 * place + 1, min(8 * place + 8, total) + 1):
            if byte >> ((counter - 1) % 8) & 1:
                continue
            if runs and runs[-1][1] == counter - 1:
                runs[-1] = (runs[-1][0], counter)
            elif len(runs) == limit:
                return runs
            else:
                runs.append((counter, counter))
    return runs


def runs_of(counters: Collection[int]) -> list[tuple[int, int]]:
    """Cards as runs of neighbours."""
    ordered = sorted(counters)
    runs = []
    for _, group in groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0]):
        run = [counter for _, counter in group]
        runs.append((run[0], run[-1]))
    return runs
