"""Closing something with a secret that only its later reader brings along."""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES: Final = 12


class CannotUnseal(ValueError):
    """Another secret or another context than it was sealed with, or the bytes were altered."""


def seal(content: bytes, *, secret: bytes, context: str) -> bytes:
    """The content encrypted and authenticated (AES-256-GCM) under a key made of the secret and the context."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(secret=secret, context=context)).encrypt(nonce, content, context.encode())


def unseal(sealed: bytes, *, secret: bytes, context: str) -> bytes:
    """What was sealed with the same secret and context; raises `CannotUnseal`."""
    nonce, closed = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(_key(secret=secret, context=context)).decrypt(nonce, closed, context.encode())
    except InvalidTag as trouble:
        raise CannotUnseal from trouble


def _key(*, secret: bytes, context: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"perennial.seal|" + context.encode()).derive(secret)
