"""Bytes from outside to values: strict JSON, exact numbers, and a named refusal for everything else."""

from __future__ import annotations

import json
from decimal import Decimal
from email.message import Message
from typing import Any, Final, NoReturn, cast

from django.conf import settings
from django.http import HttpRequest
from ninja.parser import Parser

from provider.api.errors import (
    BodyCutOff,
    BodyTooLarge,
    ForbiddenCharacter,
    LengthMissing,
    NotJson,
    NotJsonNumber,
    NotUtf8,
    RepeatedMember,
    TooDeep,
    UnsupportedFormat,
)

DEEPEST: Final = 32
_LARGEST_EXPONENT: Final = 40  # no quantity or amount has more digits; 1e999999999 would fill the memory
_LONGEST_INTEGER: Final = 40


def read_body(request: HttpRequest) -> bytes:
    """The whole body, never more than the limit: judged by its announced length first, then while it is read."""
    most = settings.API_BODY_LIMIT_BYTES
    announced = request.META.get("CONTENT_LENGTH") or ""
    if not announced and "HTTP_TRANSFER_ENCODING" in request.META:
        raise LengthMissing()
    if announced.isdecimal() and int(announced) > most:
        raise BodyTooLarge(most_bytes=most)
    try:
        body = request.read(most + 1)
    except OSError as trouble:
        raise BodyCutOff() from trouble
    if len(body) > most:
        raise BodyTooLarge(most_bytes=most)
    if announced.isdecimal() and len(body) < int(announced):
        raise BodyCutOff()
    request._body = body  # where Django keeps what was read
    return body


def check_format(request: HttpRequest) -> None:
    """Only JSON, and types built on it such as application/cloudevents+json, in UTF-8."""
    head = Message()
    head["Content-Type"] = request.META.get("CONTENT_TYPE") or "application/json"
    kind = head.get_content_type()
    charset = head.get_content_charset() or "utf-8"
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    if not is_json or charset not in ("utf-8", "us-ascii"):
        raise UnsupportedFormat()


def parse_json(body: bytes) -> Any:
    """The value of a JSON text. Fractions become `Decimal`, so that no amount is ever a float."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as trouble:
        raise NotUtf8() from trouble
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_float=_fraction, parse_int=_integer, parse_constant=_constant
        )
    except json.JSONDecodeError as trouble:
        raise NotJson(line=trouble.lineno, column=trouble.colno) from trouble
    except RecursionError as trouble:
        raise TooDeep(most=DEEPEST) from trouble
    _check_depth(value)
    if "\\u" in text:
        _check_characters(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise RepeatedMember(member=next(name for name in names if names.count(name) > 1)[:80])
    return members


def _fraction(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > _LARGEST_EXPONENT or len(text) > 4 * _LARGEST_EXPONENT:
        raise NotJsonNumber(number=text[:40])
    return number


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER:
        raise NotJsonNumber(number=text[:40])
    return int(text)


def _constant(name: str) -> NoReturn:
    raise NotJsonNumber(number=name)


def _children(level: list[Any]) -> list[Any]:
    return [child for part in level for child in (part.values() if isinstance(part, dict) else part)]


def _containers(values: list[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]


def _check_depth(value: Any) -> None:
    level, depth = _containers([value]), 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise TooDeep(most=DEEPEST)
        level = _containers(_children(level))


def _check_characters(value: Any) -> None:
    """No NUL, which PostgreSQL refuses, and no half of a surrogate pair, which UTF-8 cannot write."""
    level = [value]
    while level:
        for part in level:
            _check_text(part)
            if isinstance(part, dict):
                for name in part:
                    _check_text(name)
        level = _children(_containers(level))


def _check_text(part: Any) -> None:
    if isinstance(part, str) and not is_clean(part):
        raise ForbiddenCharacter()


def is_clean(text: str) -> bool:
    """Whether the text can be stored and written as UTF-8."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


class StrictParser(Parser):
    """Gives ninja what the gate has read already."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        return cast(dict[str, Any], request.json)  # type: ignore[attr-defined]
