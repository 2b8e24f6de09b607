"""When a key was last used: noted at most once a minute, after the answer has left, so that no request waits for it."""

from __future__ import annotations

import logging
from datetime import datetime

from django.http import HttpResponse

from provider.accounts.models import ApiKey
from provider.accounts.operations.api_keys import USED_EVERY, note_key_used

logger = logging.getLogger(__name__)


def note_after(response: HttpResponse, *, key: ApiKey, at: datetime) -> None:
    """Note the use of `key` when the server closes `response`, which it does once everything is sent."""
    if key.last_used_at is not None and at - key.last_used_at < USED_EVERY:
        return
    response._resource_closers.append(lambda: _note(key, at=at))  # type: ignore[attr-defined]


def _note(key: ApiKey, *, at: datetime) -> None:
    try:
        note_key_used(api_key_id=key.id, at=at)
    except Exception:
        logger.exception("the use of key %s could not be noted", key.id)  # closing goes on; the next use is noted
