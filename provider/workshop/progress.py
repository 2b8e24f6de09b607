"""How far long work has come, for whoever waits in front of a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable

from .year import DAYS


class Progress:
    """Called on each day with how many are left; says each tenth of the year once."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._told = -1

    def __call__(self, days_left: int) -> None:
        tenth = 10 * (DAYS - days_left) // DAYS
        if tenth > self._told:
            self._told = tenth
            self._say(f"Making a year of the demo's history, once: {10 * tenth} % ...")


class Steps(io.TextIOBase):
    """Takes what `migrate` writes; says each quarter of its steps once."""

    def __init__(self, say: Callable[[str], object], *, total: int) -> None:
        self._say = say
        self._total = total
        self._done = 0

    def write(self, text: str) -> int:
        for _ in range(text.count("  Applying ")):
            self._done += 1
            if 4 * self._done // self._total > 4 * (self._done - 1) // self._total and self._done < self._total:
                self._say(f"Bringing the database up to date: {self._done} of {self._total} steps ...")
        return len(text)
