"""What an act on a range does to cards, by their state: so that a preview tells the same as the act does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .serials import BadSerial, read_serial

ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "freeze": ("generated", "shipped", "received", "active"),
    "release": ("frozen",),
    "void": ("generated", "shipped", "received"),
    "extend": ("generated", "shipped", "received", "active", "frozen"),
    "reassign": ("received",),
    "ship": ("generated",),
}


class OfAnotherBatch(ValueError):
    """The serial belongs to another batch than the range lies in."""


def counter_in(typed: str, *, prefix: str) -> int:
    """Which card of the batch was meant, by its number or its serial; raises `BadSerial` or `OfAnotherBatch`."""
    if typed.isascii() and typed.isdecimal() and len(typed) <= 7:
        if int(typed) < 1:
            raise BadSerial("Cards are counted from 1.")
        return int(typed)
    serial = read_serial(typed)
    if serial.prefix != prefix:
        raise OfAnotherBatch
    return serial.counter


def affected(counts: Mapping[str, int], *, act: str) -> tuple[dict[str, int], dict[str, int]]:
    """Of the cards in each state: those that the act changes, and those that stay as they are."""
    changes = {status: number for status, number in counts.items() if status in ACTS[act] and number}
    stays = {status: number for status, number in counts.items() if status not in ACTS[act] and number}
    return changes, stays
