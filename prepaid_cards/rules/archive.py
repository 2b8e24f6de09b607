"""The password of a printer's archive: made from the batch's key, so that it is kept nowhere and ends with the key."""

from __future__ import annotations

import hmac
from uuid import UUID

from .codes import SYMBOLS

_SYMBOLS = 24  # 120 bits


def password_of(*, batch_key: bytes, export_id: UUID) -> str:
    """The password in six groups of four."""
    noise = hmac.digest(batch_key, b"archive password|" + export_id.bytes, "sha256")
    bits = int.from_bytes(noise, "big")
    text = "".join(SYMBOLS[(bits >> (5 * place)) & 31] for place in range(_SYMBOLS))
    return "-".join(text[start : start + 4] for start in range(0, _SYMBOLS, 4))
