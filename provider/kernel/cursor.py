"""Lists in pages that stay in step while rows are added: a cursor says after which row the next page begins.

The cursor is opaque and signed, and bound to the list and its filters: it is refused with any others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.core import signing
from django.db.models import Model, Q, QuerySet

from .errors import N_, Refusal

MOST_PER_PAGE: Final = 200
USUAL_PER_PAGE: Final = 50

Row = TypeVar("Row", bound=Model)


class BadCursor(Refusal):
    code = "bad_cursor"
    text = N_("This cursor does not belong to this list and its filters. Begin again without a cursor.")


class BadLimit(Refusal):
    code = "bad_limit"
    text = N_("A page has 1 to %(most)s rows.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[Row]):
    """One page of rows, and the cursor of the next one, if there is one."""

    rows: list[Row]
    next_cursor: str


def slice_of(
    rows: QuerySet[Row], *, name: str, order: Sequence[str], limit: int, cursor: str, filters: Mapping[str, str]
) -> Slice[Row]:
    """The page of `rows` after `cursor` ("" for the first), in `order`.

    `order` names fields that are never null, all descending ("-created_at") or all ascending, the last one unique.
    """
    if not 1 <= limit <= MOST_PER_PAGE:
        raise BadLimit(field="limit", most=MOST_PER_PAGE)
    fields = [field.lstrip("-") for field in order]
    if cursor:
        rows = rows.filter(_after(order=order, values=_open(cursor, name=name, filters=filters, count=len(fields))))
    found = list(rows.order_by(*order)[: limit + 1])
    page = found[:limit]
    if len(found) <= limit:
        return Slice(rows=page, next_cursor="")
    last = [getattr(page[-1], field) for field in fields]
    return Slice(rows=page, next_cursor=_seal(last, name=name, filters=filters))


def _after(*, order: Sequence[str], values: Sequence[Any]) -> Q:
    """The rows behind `values`: (a, b) < (x, y), written so that an index on the first field is used."""
    descending = order[0].startswith("-")
    assert all(field.startswith("-") == descending for field in order), "one direction for all fields"
    side = "lt" if descending else "gt"
    condition, equal = Q(), Q()
    for field, value in zip((field.lstrip("-") for field in order), values, strict=True):
        condition |= equal & Q(**{f"{field}__{side}": value})
        equal &= Q(**{field: value})
    return Q(**{f"{order[0].lstrip('-')}__{side}e": values[0]}) & condition


def _salt(*, name: str, filters: Mapping[str, str]) -> str:
    chosen = "&".join(f"{key}={value}" for key, value in sorted(filters.items()) if value)
    return f"perennial.cursor:{name}?{chosen}"


def _seal(values: Sequence[Any], *, name: str, filters: Mapping[str, str]) -> str:
    return signing.dumps([_plain(value) for value in values], salt=_salt(name=name, filters=filters))


def _open(cursor: str, *, name: str, filters: Mapping[str, str], count: int) -> list[Any]:
    try:
        values = [_typed(value) for value in signing.loads(cursor, salt=_salt(name=name, filters=filters))]
    except (signing.BadSignature, ValueError, TypeError) as trouble:
        raise BadCursor(field="cursor") from trouble
    if len(values) != count:
        raise BadCursor(field="cursor")
    return values


def _plain(value: Any) -> list[Any]:
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, UUID):
        return ["u", str(value)]
    assert isinstance(value, int | str), f"a list cannot be ordered by {type(value).__name__} here"
    return ["v", value]


def _typed(value: Sequence[Any]) -> Any:
    kind, plain = value
    if kind == "t":
        return datetime.fromisoformat(plain)
    return UUID(plain) if kind == "u" else plain
