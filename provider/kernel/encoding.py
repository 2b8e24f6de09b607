"""Facts to JSON and back: what events, audit rows and jobs are stored as.

Dataclasses go out as plain JSON values and come back by the types of their fields, so that a row written today is read
by tomorrow's code as long as a field keeps its name and type, and new fields have a default.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

D = TypeVar("D")
_PLAIN_ALREADY = frozenset({str, int, bool, type(None)})


class NotEncodable(TypeError):
    """A value has no agreed form in JSON."""


def to_plain(value: Any) -> Any:
    """The value as JSON knows it: text, numbers, truth values, None, lists and mappings of these."""
    kind = type(value)
    return value if kind in _PLAIN_ALREADY else _maker_of(cast(Hashable, kind))(value)


def _same(value: Any) -> Any:
    return value


def _instant_to_plain(value: datetime) -> str:
    if value.tzinfo is None:
        raise NotEncodable(f"{value!r} has no time zone.")
    return value.isoformat()


def _dataclass_to_plain(value: Any) -> dict[str, Any]:
    plain = {}
    for name in _names_of(cast(Hashable, type(value))):
        part = getattr(value, name)
        plain[name] = part if type(part) in _PLAIN_ALREADY else to_plain(part)
    return plain


def _list_to_plain(value: Sequence[Any]) -> list[Any]:
    return [part if type(part) in _PLAIN_ALREADY else to_plain(part) for part in value]


def _mapping_to_plain(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(to_plain(key)): to_plain(part) for key, part in value.items()}


# In this order: an enum of texts is an enum, an instant is no day.
_MAKERS: Final[tuple[tuple[tuple[Any, ...], Callable[[Any], Any]], ...]] = (
    ((Enum,), lambda value: to_plain(value.value)),
    ((str, int), _same),
    ((datetime,), _instant_to_plain),
    ((date,), lambda value: value.isoformat()),
    ((UUID, Decimal), str),
    ((list, tuple), _list_to_plain),
    ((set, frozenset), lambda value: sorted(_list_to_plain(list(value)))),
    ((Mapping,), _mapping_to_plain),
)


@lru_cache(maxsize=512)  # a document has a thousand values of a dozen types: each type is asked what it is once
def _maker_of(kind: Any) -> Callable[[Any], Any]:
    for kinds, maker in _MAKERS:
        if issubclass(kind, kinds):
            return maker
    if is_dataclass(kind):
        return _dataclass_to_plain
    raise NotEncodable(f"A {kind.__name__} cannot be stored as JSON; use text, integers, Decimal, dates or ids.")


@lru_cache(maxsize=512)
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def from_plain(kind: type[D], plain: Mapping[str, Any]) -> D:
    """The dataclass `kind` from what `to_plain` made of it. Members that it no longer has are left out."""
    given = {}
    for name, hint, has_default in _fields_of(cast(Hashable, kind)):
        if name in plain:
            given[name] = _read(hint, plain[name])
        elif not has_default:
            raise NotEncodable(f"{kind.__name__}.{name} is not in the stored row.")
    return kind(**given)


@lru_cache(maxsize=512)
def _fields_of(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    hints = get_type_hints(kind)
    return tuple(
        (field.name, hints[field.name], field.default is not MISSING or field.default_factory is not MISSING)
        for field in fields(kind)
    )


def _read(hint: Any, plain: Any) -> Any:
    origin = get_origin(hint)
    if hint is Any or origin is Literal:
        return plain
    if origin in (Union, types.UnionType):
        return _read_union(get_args(hint), plain)
    if origin is not None:
        return _read_container(origin, get_args(hint), plain)
    return _read_simple(hint, plain)


def _read_union(options: tuple[Any, ...], plain: Any) -> Any:
    if plain is None and type(None) in options:
        return None
    kinds = [option for option in options if option is not type(None)]
    if len(kinds) != 1:
        raise NotEncodable("A field may be of one type or None; several types cannot be told apart again.")
    return _read(kinds[0], plain)


def _read_container(origin: Any, inner: tuple[Any, ...], plain: Any) -> Any:
    if (origin is tuple and len(inner) == 2 and inner[1] is not Ellipsis) or (origin is tuple and len(inner) != 2):
        return tuple(_read(hint, part) for hint, part in zip(inner, plain, strict=True))
    if issubclass(origin, Mapping):
        return {_read_key(inner[0], key): _read(inner[1], part) for key, part in plain.items()}
    container = origin if origin in (list, tuple, set, frozenset) else list
    return container(_read(inner[0], part) for part in plain)


def _read_key(hint: Any, key: str) -> Any:
    return int(key) if hint is int else _read(hint, key)


def _read_simple(kind: Any, plain: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return from_plain(kind, plain)
    if not isinstance(kind, type):
        raise NotEncodable(f"{kind!r} cannot be read back from JSON.")
    if issubclass(kind, Enum | UUID | Decimal):
        return kind(plain)
    if issubclass(kind, datetime | date):
        return kind.fromisoformat(plain)
    if not isinstance(plain, kind) or (kind is int and isinstance(plain, bool)):
        raise NotEncodable(f"{plain!r} is not a {kind.__name__}.")
    return plain
