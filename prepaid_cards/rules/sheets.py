"""Cards on sheets: how many stand on one, how many sheets are one file, and which cards lie in which file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COLUMNS: Final = 2
ROWS: Final = 5
ON_A_SHEET: Final = COLUMNS * ROWS
PART_CARDS: Final = 10 * ON_A_SHEET  # one file: a few seconds of work, and short enough for any office printer
MOST_CARDS: Final = 50 * PART_CARDS  # more than this is a printer's work, who wants a table


@dataclass(frozen=True, slots=True)
class Part:
    """The cards of one file, by their counters, both included."""

    index: int
    first: int
    last: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


def part_count(cards: int) -> int:
    """How many files so many cards fill."""
    return -(-cards // PART_CARDS)


def part_of(*, index: int, cards: int) -> Part:
    """File number `index`, counted from nothing."""
    first = index * PART_CARDS + 1
    return Part(index=index, first=first, last=min(first + PART_CARDS - 1, cards))


def part_name(part: Part) -> str:
    """What the file is called, so that files lie in the order of their cards."""
    return f"cards-{part.first:05d}-{part.last:05d}.pdf"
