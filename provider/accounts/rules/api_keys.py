"""The secrets of API keys: how they look, what of them is kept, and how two are compared."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from typing import Final

LIVE: Final = "pk_live_"
TEST: Final = "pk_test_"
SHOWN_PREFIX_LENGTH: Final = 12  # of a secret, so that a person can tell keys apart

_SHAPE: Final = re.compile(r"pk_(?:live|test)_[A-Za-z0-9_-]{43}")


def secret_from(*, token: str, is_test: bool) -> str:
    """The secret that its holder sends: the mode, then 32 random bytes in URL-safe letters."""
    return (TEST if is_test else LIVE) + token


def mode_fits(*, portal: str, is_test: bool, account_is_test: bool) -> bool:
    """A subscriber's key is of its account's own kind. Provider and resellers look after accounts of both kinds."""
    return portal != "subscriber" or is_test == account_is_test


def has_shape_of_secret(text: str) -> bool:
    """Whether it could be one of our secrets; says nothing about whether it is."""
    return _SHAPE.fullmatch(text) is not None


def hash_of(secret: str) -> bytes:
    """What is kept of a secret. It has 256 random bits, so one round of SHA-256 cannot be turned back."""
    return sha256(secret.encode()).digest()


def is_same(hash_one: bytes, hash_two: bytes) -> bool:
    """Equal or not, in a time that does not tell where they differ."""
    return hmac.compare_digest(hash_one, hash_two)
