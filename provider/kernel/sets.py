"""Many ids in one query, as one value.

For `filter(id__in=among(ids))`: an array instead of five hundred parameters, each of which would be prepared, quoted
and parsed by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models.expressions import RawSQL


def among(ids: Collection[UUID]) -> Any:
    """Those of these ids."""
    return RawSQL("select unnest(%s::uuid[])", [_array(ids)])


def among_numbers(ids: Collection[int]) -> Any:
    """The same for ids that are numbers."""
    return RawSQL("select unnest(%s::bigint[])", [_array(ids)])


def _array(ids: Iterable[object]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"
