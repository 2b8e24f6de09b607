"""How far the demo's year has come, for whoever waits in front of a terminal."""

from __future__ import annotations

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
