"""Ids are made in Python, ordered by time (UUID version 7, RFC 9562), and never guessable as a secret."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new id, later ones sorting after earlier ones to the millisecond."""
    return uuid7()


def id_in(text: str) -> UUID | None:
    """The id that somebody outside wrote; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def new_token(*, length_bytes: int = 32) -> str:
    """A URL-safe secret from the operating system; store only its hash."""
    return secrets.token_urlsafe(length_bytes)


def instant_of(made: UUID) -> datetime:
    """When an id of `new_id` was made, to the millisecond: its first 48 bits."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)
