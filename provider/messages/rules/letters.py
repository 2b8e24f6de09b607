"""What goes out and what comes back: plain values between rendering, gateways and operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .attempts import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail, ready to send; `reference` is ours and stays the same on every try."""

    to: str
    sender: str
    reply_to: str
    subject: str
    text: str
    html: str
    reference: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """An SMS as template and parameters, and as text for the networks that take free text."""

    to: str
    template: str
    params: Mapping[str, Any]
    language: str
    text: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAnswer:
    """What a gateway said to one call: the answer, its own reference, and on trouble its code and words."""

    answer: Answer
    reference: str = ""
    error: str = ""
    detail: str = ""
