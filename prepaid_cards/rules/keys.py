"""Keyed hashes of secrets: what the database keeps is worth nothing without a key that is not in it.

At most three keys are live, the first one hashes new cards. Re-keying wraps what is stored, HMAC(new key, old hash), so
no secret is needed for it; a card then remembers the keys that it went through, such as "1+2". A lookup computes every
hash that a secret may be stored under and asks for all of them at once: identical work for every answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

MOST_KEYS: Final = 3
HASH_BYTES: Final = 32
_LEAST_KEY_BYTES: Final = 32
_HASHING: Final = b"perennial.cards.hash|"


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key by its short name: `secret` wraps other keys, what hashes is derived from it, so that they never meet."""

    name: str
    secret: bytes
    hashing: bytes

    def digest(self, message: bytes) -> bytes:
        """The keyed hash of a message."""
        return hmac.digest(self.hashing, message, "sha256")


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """The live keys, the newest first."""

    keys: tuple[Key, ...]

    @property
    def newest(self) -> Key:
        return self.keys[0]

    def named(self, name: str) -> Key:
        """The live key of that name; raises KeyError."""
        for key in self.keys:
            if key.name == name:
                return key
        raise KeyError(name)


def ring_of(entries: Sequence[str]) -> KeyRing:
    """The ring of entries "name=hex", newest first; raises ValueError with what is wrong, never with a key in it."""
    if not 1 <= len(entries) <= MOST_KEYS:
        raise ValueError(f"must name 1 to {MOST_KEYS} keys, the newest first, such as 2=<64 hex digits>,1=<64>")
    keys = []
    for entry in entries:
        name, _, secret = entry.partition("=")
        keys.append(key_of(name=_name(name.strip()), secret=_secret(secret.strip())))
    if len({key.name for key in keys}) != len(keys):
        raise ValueError("names a key twice")
    return KeyRing(keys=tuple(keys))


def key_of(*, name: str, secret: bytes) -> Key:
    """The key of a name and a secret."""
    return Key(name=name, secret=secret, hashing=hmac.digest(secret, _HASHING, "sha256"))


def _name(name: str) -> str:
    if not (name.isascii() and name.isalnum() and len(name) <= 4):
        raise ValueError("must call each key by one to four letters or digits")
    return name


def _secret(text: str) -> bytes:
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        raise ValueError("holds a key that is not hexadecimal") from None
    if len(secret) < _LEAST_KEY_BYTES:
        raise ValueError(f"holds a key of fewer than {_LEAST_KEY_BYTES} bytes")
    return secret


def hashes_for_lookup(ring: KeyRing, *, code: str) -> dict[bytes, str]:
    """Every hash under which the secret may be stored, with the keys that it went through, oldest first."""
    oldest_first = tuple(reversed(ring.keys))
    found = {}
    for count in range(1, len(oldest_first) + 1):
        for chain in combinations(oldest_first, count):
            found[_through(chain, code)] = "+".join(key.name for key in chain)
    return found


def _through(chain: Sequence[Key], code: str) -> bytes:
    message = code.encode()
    for key in chain:
        message = key.digest(message)
    return message


def wrapped(key: Key, *, stored: bytes, path: str) -> tuple[bytes, str]:
    """The stored hash under a newer key, and the keys that it has gone through now."""
    assert key.name not in path.split("+")
    return key.digest(stored), f"{path}+{key.name}"
