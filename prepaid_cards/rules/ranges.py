"""What an act on a range does to cards, by their state: so that a preview tells the same as the act does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "freeze": ("generated", "shipped", "received", "active"),
    "release": ("frozen",),
    "void": ("generated", "shipped", "received"),
    "extend": ("generated", "shipped", "received", "active", "frozen"),
    "ship": ("generated",),
}


def affected(counts: Mapping[str, int], *, act: str) -> tuple[dict[str, int], dict[str, int]]:
    """Of the cards in each state: those that the act changes, and those that stay as they are."""
    changes = {status: number for status, number in counts.items() if status in ACTS[act] and number}
    stays = {status: number for status, number in counts.items() if status not in ACTS[act] and number}
    return changes, stays
