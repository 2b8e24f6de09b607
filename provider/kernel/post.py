"""The letter box: a lower storey has something to tell a person; `provider.messages` above carries it.

A package declares each letter that it writes, with the names of its parameters, in `AppConfig.ready`. What is secret
(codes, links that let somebody in) goes in `secret_params`: it is carried at once and never stored. The carrier is
called inside the caller's transaction and delivers after commit, so a rolled back fact is never told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A kind of message: its key, and which parameters its text may use."""

    key: str
    params: frozenset[str] = frozenset()
    secret_params: frozenset[str] = frozenset()


class Carrier(Protocol):
    """What `provider.messages` registers. Either address may be None, not both; the account may be None."""

    def __call__(
        self,
        *,
        key: str,
        to_email: str | None,
        to_phone: str | None,
        user_id: UUID | None,
        account_id: UUID | None,
        language: str,
        params: dict[str, Any],
        secret_params: dict[str, Any],
        at: datetime,
    ) -> None: ...


_letters: dict[str, Letter] = {}
_carriers: list[Carrier] = []


def declare(*letters: Letter) -> None:
    """Make letters known; the same key twice must mean the same letter."""
    for letter in letters:
        if _letters.setdefault(letter.key, letter) != letter:
            raise RuntimeError(f"Two different letters are called “{letter.key}”.")


def declared() -> Mapping[str, Letter]:
    """Every letter that some package may send, by key."""
    return dict(_letters)


def register(carrier: Carrier) -> Carrier | None:
    """Set who carries letters from now on; returns who did until now."""
    previous = _carriers[-1] if _carriers else None
    _carriers[:] = [carrier]
    return previous


def send(
    *,
    key: str,
    to_email: str | None = None,
    to_phone: str | None = None,
    user_id: UUID | None = None,
    account_id: UUID | None = None,
    language: str,
    params: Mapping[str, Any] | None = None,
    secret_params: Mapping[str, Any] | None = None,
    at: datetime,
) -> None:
    """Hand a letter to the carrier. Its parameters must be exactly those that it declares."""
    letter = _letters[key]
    given, secret = dict(params or {}), dict(secret_params or {})
    if set(given) != letter.params or set(secret) != letter.secret_params:
        raise ValueError(
            f"The letter “{key}” takes {sorted(letter.params)} and secretly {sorted(letter.secret_params)}."
        )
    if not (to_email or to_phone):
        raise ValueError(f"The letter “{key}” has no address.")
    if not _carriers:
        raise RuntimeError("Nobody carries letters: provider.messages registers its carrier when it starts.")

    _carriers[-1](
        key=key,
        to_email=to_email,
        to_phone=to_phone,
        user_id=user_id,
        account_id=account_id,
        language=language,
        params=given,
        secret_params=secret,
        at=at,
    )
