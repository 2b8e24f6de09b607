"""The picture of a batch: a row is a thousand serials, a column ten cards, stacked by state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

# From the bottom of a column to its top: a card's life, so that a shelf that sells from the front is seen.
STACK: Final = ("void", "expired", "frozen", "redeemed", "active", "received", "shipped", "generated")
SERIES: Final = {
    "generated": "s0",
    "shipped": "hatch",
    "received": "s3",
    "active": "s2",
    "redeemed": "s1",
    "frozen": "hatch-warn",
    "expired": "s-bad",
    "void": "s-bad",
}


class HasCount(Protocol):
    """One state in one column."""

    @property
    def row(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def count(self) -> int: ...


@dataclass(slots=True)
class ShelfRow:
    """A thousand serials: the drawn shape of each state, and the numbers behind it."""

    first: int
    counts: dict[str, int] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)
    holders: list[str] = field(default_factory=list)


def rows_of(cells: Iterable[HasCount], *, first: int, per_row: int, per_column: int) -> list[ShelfRow]:
    """The rows of the picture; a shape is an SVG path on a ground of one unit a column and one unit a card."""
    columns: dict[tuple[int, int], dict[str, int]] = {}
    for cell in cells:
        columns.setdefault((cell.row, cell.column), {})[cell.status] = cell.count
    rows: dict[int, ShelfRow] = {}
    for (row, column), counts in sorted(columns.items()):
        shelf = rows.setdefault(row, ShelfRow(first=first + row * per_row))
        _draw(shelf, column=column, counts=counts, height=per_column)
    return [rows[row] for row in sorted(rows)]


def _draw(shelf: ShelfRow, *, column: int, counts: dict[str, int], height: int) -> None:
    bottom = height
    for status in STACK:
        number = counts.get(status, 0)
        if number:
            bottom -= number
            shelf.counts[status] = shelf.counts.get(status, 0) + number
            shelf.shapes[status] = shelf.shapes.get(status, "") + f"M{column} {bottom}h1v{number}h-1z"
