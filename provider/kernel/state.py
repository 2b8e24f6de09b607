"""Moving a row from one state to the next: a compare-and-set against the transition table beside its enum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from . import together
from .errors import ForbiddenMove, StaleState

Transitions = Mapping[str, frozenset[str]]


def move(row: models.Model, *, to: str, transitions: Transitions, using: str | None = None, **facts: Any) -> None:
    """Set `row.status` to `to`, with `facts`, if nobody moved it since it was read.

    Raises `ForbiddenMove` if the table has no such move and `StaleState` if the row is no longer in the state in which
    it was read. On success the row in memory has the new values.
    """
    current: str = row.status  # type: ignore[attr-defined]
    if to not in transitions.get(current, frozenset()):
        raise ForbiddenMove(now=current, to=to)
    together.change(
        type(row),
        where={"pk": row.pk, "status": current},
        expected=1,
        otherwise=StaleState,
        using=using or row._state.db or "default",
        status=to,
        **facts,
    )
    for name, fact in {"status": to, **facts}.items():
        setattr(row, name, fact)
