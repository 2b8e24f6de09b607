"""Tables that stand in a setting as one line of text: routes, prices, approved templates."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation


def routes(parts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Gateways by prefix, the first choice first: `+86=aliyun|twilio`, `*=twilio`."""
    return {prefix: tuple(names.split("|")) for prefix, names in _by_prefix(parts).items()}


def prices(parts: Sequence[str]) -> dict[str, Decimal]:
    """The price of one part by prefix: `+86=0.045`, `*=0.9`."""
    return {prefix: amount([price]) for prefix, price in _by_prefix(parts).items()}


def amount(parts: Sequence[str]) -> Decimal:
    """One amount, exact and not negative."""
    text = ",".join(parts)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"has “{text}”; it must be an amount such as 0.045") from None
    if not value.is_finite() or value < 0:
        raise ValueError(f"has “{text}”; it must not be negative")
    return value


def templates(parts: Sequence[str]) -> dict[str, str]:
    """Approved templates: `sign_in_code/zh-hans=SMS_123`, `sign_in_code=SMS_456` for any other language."""
    pairs = [part.partition("=") for part in parts]
    if any(not key or not code for key, _sep, code in pairs):
        raise ValueError("must look like sign_in_code/zh-hans=SMS_123,sign_in_code=SMS_456")
    return {key.strip(): code.strip() for key, _sep, code in pairs}


def _by_prefix(parts: Sequence[str]) -> dict[str, str]:
    pairs = [part.partition("=") for part in parts]
    if any(not value or not (key == "*" or (key[:1] == "+" and key[1:].isdecimal())) for key, _sep, value in pairs):
        raise ValueError("must look like +86=...,*=...: prefixes of numbers, and * for the rest")
    return {key: value.strip() for key, _sep, value in pairs}
