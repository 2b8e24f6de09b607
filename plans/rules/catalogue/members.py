"""Which amounts each kind of price has, and which of them are the same in every currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MOST_TIERS: Final = 50
MOST_PHASES: Final = 3  # two introductory prices, and the one that stays
PLAIN: Final = frozenset({"flat", "one_time"})  # nothing is counted
_Names = Mapping[str, tuple[str, ...]]

SHARED: Final[_Names] = {"package": ("size", "free_units"), "percentage": ("rate", "free_events")}  # in all currencies
OWN: Final[_Names] = {  # in each currency
    "flat": ("price",),
    "one_time": ("price",),
    "per_unit": ("price",),
    "package": ("price",),
    "percentage": ("fixed", "free_total", "min_per_event", "max_per_event"),
}
_LISTS: Final[_Names] = {"flat": ("phases",), "graduated": ("tiers",), "volume": ("tiers",)}


def members_of(model: str) -> frozenset[str]:
    """Everything that a price of this kind can say."""
    minimum = () if model in PLAIN else ("minimum",)
    return frozenset((*SHARED.get(model, ()), *OWN.get(model, ()), *_LISTS.get(model, ()), *minimum))
