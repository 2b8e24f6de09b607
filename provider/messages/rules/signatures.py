"""The Standard Webhooks signature: HMAC-SHA256 over id, time and body, with the time near the present."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

_TOLERANCE_SECONDS: Final = 300


def sign(*, message_id: str, timestamp: str, body: bytes, secret: str) -> str:
    """The signature as it stands in the header, with its version."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def is_signed(*, message_id: str, timestamp: str, body: bytes, signature: str, secret: str, at: datetime) -> bool:
    """Whether one of the signatures in the header fits, and the time is within five minutes; in constant time."""
    if not (message_id and timestamp.isascii() and timestamp.isdecimal()):
        return False
    if abs(at.timestamp() - int(timestamp)) > _TOLERANCE_SECONDS:
        return False
    expected = sign(message_id=message_id, timestamp=timestamp, body=body, secret=secret).encode()
    return any(hmac.compare_digest(expected, given.encode()) for given in signature.split(" "))
