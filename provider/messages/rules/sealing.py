"""Secrets on their way: sealed under a key derived from the site's, readable only until they are wiped."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE: Final = b"perennial/messages/secret-params"


def _fernet(site_key: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE).derive(site_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(values: Mapping[str, Any], *, site_key: str, at: datetime) -> bytes:
    """The values, encrypted and authenticated."""
    plain = json.dumps(dict(values), ensure_ascii=False, sort_keys=True).encode()
    return _fernet(site_key).encrypt_at_time(plain, int(at.timestamp()))


def unseal(token: bytes, *, site_keys: Sequence[str]) -> dict[str, Any]:
    """The values again, under the present site key or an earlier one; raises InvalidToken under any other."""
    plain = MultiFernet([_fernet(key) for key in site_keys]).decrypt(token)
    values: dict[str, Any] = json.loads(plain)
    return values
