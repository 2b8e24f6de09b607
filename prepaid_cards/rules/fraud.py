"""When tries of cards are an alarm, and how far around one is frozen."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

AROUND: Final = 500  # cards on either side: a carton
NEAR: Final = 50  # neighbours: what lies in one stack
WINDOW: Final = timedelta(hours=24)
UNSOLD_CARDS: Final = 3  # that many different ones: one is a till that forgot, three are a stolen stack
SCANNED_CARDS: Final = 4


def around(*, counter: int, total: int) -> tuple[int, int]:
    """The first and the last card of the range that is frozen around one."""
    return max(1, counter - AROUND), min(total, counter + AROUND)


def near(counter: int) -> tuple[int, int]:
    """The first and the last card of the stack in which a card lies."""
    return max(1, counter - NEAR), counter + NEAR


def alarm_of(*, outcome: str, unsold_cards: int, scanned_cards: int) -> str:
    """Which alarm a refused try gives: "canary", "unsold", "scan", or "" for none.

    `unsold_cards` counts the different unsold cards tried nearby, `scanned_cards` all that one network tried nearby.
    """
    if outcome == "canary":
        return "canary"
    if outcome == "unsold" and unsold_cards >= UNSOLD_CARDS:
        return "unsold"
    return "scan" if scanned_cards >= SCANNED_CARDS else ""
