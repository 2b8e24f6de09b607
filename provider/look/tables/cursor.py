"""The place in a sorted list at which a page begins: after, or before, one row.

Unlike the API's cursor it walks both ways and over values that may be absent, which come last whatever the direction.
It is signed, so that what reaches the database was written by us; ties are broken by the primary key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, OrderBy, Q

from .spec import Rows

_SALT: Final = "perennial.table"


class BadCursor(ValueError):
    """Not a cursor of this table and this sort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By one field or annotation, ties by primary key in the same direction."""

    field: str
    is_descending: bool

    def apply(self, rows: Rows, *, is_backward: bool = False) -> Rows:
        """The rows in this order, or in its exact mirror."""
        is_down = self.is_descending != is_backward
        by = _by("pk", is_down=is_down)
        if self.field == "pk":
            return rows.order_by(by)
        if not _may_be_absent(rows, self.field):
            return rows.order_by(_by(self.field, is_down=is_down), by)
        return rows.order_by(_by(self.field, is_down=is_down, nulls="first" if is_backward else "last"), by)


def _may_be_absent(rows: Rows, field: str) -> bool:
    """Whether the order has to say where absent values go. Where it need not, an index in this order serves it."""
    if "__" in field or field in rows.query.annotations:
        return True
    try:
        return bool(rows.model._meta.get_field(field).null)
    except FieldDoesNotExist:
        return True


def _by(field: str, *, is_down: bool, nulls: str = "") -> OrderBy:
    placed: dict[str, Any] = {f"nulls_{nulls}": True} if nulls else {}
    return F(field).desc(**placed) if is_down else F(field).asc(**placed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Beside which row, and on which side."""

    value: Any
    pk: Any
    is_backward: bool

    def narrow(self, rows: Rows, order: Order) -> Rows:
        """Only the rows on the far side of this cursor."""
        side = "lt" if order.is_descending != self.is_backward else "gt"
        beyond = Q(**{f"pk__{side}": self.pk})
        if order.field == "pk":
            return rows.filter(beyond)
        if self.value is None:
            tied = Q(**{f"{order.field}__isnull": True}) & beyond
            return rows.filter(tied | Q(**{f"{order.field}__isnull": False}) if self.is_backward else tied)
        further = Q(**{f"{order.field}__{side}": self.value}) | (Q(**{order.field: self.value}) & beyond)
        if self.is_backward:
            return rows.filter(further)
        return rows.filter(further | Q(**{f"{order.field}__isnull": True}))


def seal(row: Any, *, key: str, order: Order, is_backward: bool) -> str:
    """The cursor beside `row`, as it stands in the address."""
    value = None if order.field == "pk" else _of(row, order.field)
    payload = [is_backward, _plain(value), _plain(row.pk)]
    return signing.dumps(payload, salt=_salt(key=key, order=order), compress=True)


def unseal(text: str, *, key: str, order: Order) -> Cursor:
    """The cursor that `seal` wrote; raises BadCursor for anything else."""
    try:
        is_backward, value, pk = signing.loads(text, salt=_salt(key=key, order=order))
        return Cursor(value=_typed(value), pk=_typed(pk), is_backward=bool(is_backward))
    except (signing.BadSignature, ValueError, TypeError) as trouble:
        raise BadCursor(text) from trouble


def _salt(*, key: str, order: Order) -> str:
    return f"{_SALT}:{key}:{order.field}:{order.is_descending}"


def _of(row: Any, field: str) -> Any:
    found = row
    for step in field.split("__"):
        found = getattr(found, step, None)
    return found


_WRITTEN: Final[dict[type, str]] = {datetime: "t", date: "d", UUID: "u", Decimal: "n"}
_READ: Final[dict[str, Any]] = {"t": datetime.fromisoformat, "d": date.fromisoformat, "u": UUID, "n": Decimal}


def _plain(value: Any) -> list[Any]:
    if isinstance(value, tuple):  # the key of a table in partitions: an instant and a number
        return ["k", [_plain(part) for part in value]]
    if mark := _WRITTEN.get(type(value)):
        return [mark, value.isoformat() if mark in "td" else str(value)]
    return ["v", value]


def _typed(pair: list[Any]) -> Any:
    mark, value = pair
    if mark == "k":
        return tuple(_typed(part) for part in value)
    return _READ[mark](value) if mark in _READ else value
