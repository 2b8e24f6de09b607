"""Words of the tables as the types that rules know: each is looked up among those that there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeVar, get_args

from .service import Timing
from .terms import Aggregate, Model

W = TypeVar("W", bound=str)
AnchorKind = Literal["calendar", "anniversary", "day"]

MODELS: Final[tuple[Model, ...]] = get_args(Model)
TIMINGS: Final[tuple[Timing, ...]] = get_args(Timing)
AGGREGATES: Final[tuple[Aggregate, ...]] = get_args(Aggregate)
ANCHORS: Final[tuple[AnchorKind, ...]] = get_args(AnchorKind)


def one_of(words: Iterable[W], text: str) -> W:
    """The one of `words` that `text` is; raises ValueError for any other, which a table's constraint keeps out."""
    for word in words:
        if word == text:
            return word
    raise ValueError(f"“{text}” is none of {', '.join(words)}.")
