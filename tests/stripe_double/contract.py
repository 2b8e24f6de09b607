"""What may be asked and what is answered, read from the types of the `stripe` library itself."""

from __future__ import annotations

import re
import sys
import typing
from collections.abc import Mapping
from typing import Any, ForwardRef, Literal, NotRequired, get_args, get_origin

from stripe import StripeObject
from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

_OPTIONS = frozenset(RequestOptions.__annotations__)


class BadRequest(Exception):
    """The request is not one that Stripe would take."""

    def __init__(self, message: str, *, param: str = "", code: str = "") -> None:
        super().__init__(message)
        self.param, self.code = param, code


class CardRefused(Exception):
    """The bank gives nothing from a card; `error` is what the asker is told."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


class BadAnswer(AssertionError):
    """The double made an answer that the library's types do not know: a mistake of the double."""


# --- Requests ---


def check_request(params: type, values: Mapping[str, Any], *, path: str = "") -> None:
    """Refuse what is unknown, missing or of another kind, in Stripe's words."""
    kinds = {name: kind for name, kind in params.__annotations__.items() if name not in _OPTIONS}
    for name, value in values.items():
        shown = f"{path}[{name}]" if path else name
        if name not in kinds:
            raise BadRequest(f"Received unknown parameter: {shown}", param=shown, code="parameter_unknown")
        _check_value(_resolved(kinds[name], params), value, params=params, path=shown)
    for name, kind in kinds.items():
        if name not in values and not _may_lack(_resolved(kind, params)):
            shown = f"{path}[{name}]" if path else name
            raise BadRequest(f"Missing required param: {shown}.", param=shown, code="parameter_missing")


def _resolved(kind: Any, params: type) -> Any:
    """The type that a forward reference names; what only type checkers know stands for anything."""
    if isinstance(kind, str):
        kind = ForwardRef(kind)
    if isinstance(kind, ForwardRef):
        names = vars(sys.modules[params.__module__])
        return eval(kind.__forward_arg__, dict(names), {"typing": typing})  # the library's own annotation
    return kind


def _may_lack(kind: Any) -> bool:
    return get_origin(kind) is NotRequired


def _check_value(kind: Any, value: Any, *, params: type, path: str) -> None:
    kind = _resolved(kind, params)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is NotRequired:
        _check_value(parts[0], value, params=params, path=path)
    elif is_typeddict(kind):
        if not isinstance(value, dict):
            raise BadRequest(f"Invalid object: {path}", param=path)
        check_request(kind, value, path=path)
    elif origin is list:
        _check_list(parts[0], value, params=params, path=path)
    elif kind is int and not re.fullmatch(r"-?\d+", str(value)):
        raise BadRequest(f"Invalid integer: {value}", param=path, code="parameter_invalid_integer")
    elif kind is bool and value not in ("true", "false"):
        raise BadRequest(f"Invalid boolean: {value}", param=path)
    elif origin is Literal and value not in parts:
        raise BadRequest(f"Invalid {path}: must be one of {', '.join(map(str, parts))}", param=path)


def _check_list(kind: Any, value: Any, *, params: type, path: str) -> None:
    if not isinstance(value, list):
        raise BadRequest(f"Invalid array: {path}", param=path)
    for number, part in enumerate(value):
        _check_value(kind, part, params=params, path=f"{path}[{number}]")


# --- Answers ---


def check_answer(resource: type[StripeObject], values: Mapping[str, Any]) -> None:
    """Assert that an answer has what the library promises of the resource, and nothing else."""
    kinds = {name: kind for name, kind in _annotations(resource).items() if name != "OBJECT_NAME"}
    if unknown := set(values) - set(kinds):
        raise BadAnswer(f"{resource.__name__} has no {sorted(unknown)}")
    for name, kind in kinds.items():
        is_optional = type(None) in get_args(kind) or get_origin(kind) is NotRequired
        if name not in values and not is_optional:
            raise BadAnswer(f"{resource.__name__} always has {name}")
        if name in values and not _fits(kind, values[name]):
            raise BadAnswer(f"{resource.__name__}.{name} is {values[name]!r}, not {kind}")


def _annotations(resource: type) -> dict[str, Any]:
    return dict(resource.__annotations__)


def _fits(kind: Any, value: Any) -> bool:
    origin = get_origin(kind)
    if origin in (typing.Union, NotRequired):
        return any(_fits(part, value) for part in get_args(kind))
    if kind is type(None):
        return value is None
    if origin is Literal:
        return value in get_args(kind)
    if origin is list:
        return isinstance(value, list)
    if isinstance(kind, type) and kind in (int, str, bool):
        return type(value) is kind
    return value is not None
