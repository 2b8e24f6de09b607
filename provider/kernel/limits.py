"""Rate limits: at most so many tries in so many seconds, counted in Valkey over a sliding window.

A refused try is not counted, so whoever waits as long as told gets through. Keys are kept as digests: no e-mail
address, telephone number or network address lies in Valkey in plain text.

When Valkey cannot be reached each caller has said what is right for it:
`when_down="allow"` lets the try pass and logs it. For what is merely dear: searches, API calls. The product goes on.
`when_down="refuse"` refuses with a 503. For what guards a secret or costs money by the piece: sign-in codes, card
secrets, SMS. An outage must not become a way around the limit.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

import redis
from django.conf import settings

from .errors import N_, Refusal, TooMany

logger = logging.getLogger(__name__)

# KEYS[1] the window; ARGV: tries allowed, window in ms, a unique member, now in ms or "" for the server's own clock.
# Answers {1, tries left, ms until the window is empty again} or {0, 0, ms until the next try is allowed}.
_HIT: Final = """
local allowed, window, member = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local now = tonumber(ARGV[4])
if not now then
  local clock = redis.call('TIME')
  now = clock[1] * 1000 + math.floor(clock[2] / 1000)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local used = redis.call('ZCARD', KEYS[1])
if used >= allowed then
  local oldest = redis.call('ZRANGE', KEYS[1], used - allowed, used - allowed, 'WITHSCORES')
  return {0, 0, oldest[2] + window - now}
end
redis.call('ZADD', KEYS[1], now, member)
redis.call('PEXPIRE', KEYS[1], window)
return {1, allowed - used - 1, window}
"""


class LimitUnknown(Refusal):
    """The counter cannot be reached, and this act is not done uncounted."""

    code = "limit_unknown"
    status = 503
    text = N_("This cannot be done at the moment. Try again in a minute; nothing was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left of an allowance after a try."""

    allowed: int
    left: int
    resets_in_seconds: int


def hit(
    *,
    name: str,
    key: object,
    allowed: int,
    per_seconds: int,
    when_down: Literal["allow", "refuse"] = "allow",
    at: datetime | None = None,
) -> Budget:
    """Count one try of `key` under the limit `name`; raises `TooMany` with the seconds to wait.

    `at` replaces the server's clock; all callers of one limit must then give it.
    """
    assert allowed >= 1
    assert per_seconds >= 1
    now_ms = "" if at is None else str(int(at.timestamp() * 1000))
    try:
        is_allowed, left, wait_ms = _script()(
            keys=[_window(name=name, key=key)],
            args=[allowed, per_seconds * 1000, secrets.token_hex(8), now_ms],
            client=_client(settings.REDIS_URL),
        )
    except redis.RedisError as outage:
        return _without_counter(name=name, allowed=allowed, when_down=when_down, outage=outage)
    seconds = max(1, -(-int(wait_ms) // 1000))
    if not is_allowed:
        raise TooMany(seconds=seconds)
    return Budget(allowed=allowed, left=int(left), resets_in_seconds=seconds)


def forget(*, name: str, key: object) -> None:
    """Begin anew, as after a successful sign-in. An unreachable Valkey has nothing to forget."""
    try:
        _client(settings.REDIS_URL).delete(_window(name=name, key=key))
    except redis.RedisError as outage:
        logger.warning("The limit “%s” could not be reset: %s", name, type(outage).__name__)


def _without_counter(*, name: str, allowed: int, when_down: str, outage: redis.RedisError) -> Budget:
    logger.error("The limit “%s” cannot be counted (%s): %s", name, type(outage).__name__, when_down)
    if when_down == "refuse":
        raise LimitUnknown() from outage
    return Budget(allowed=allowed, left=allowed, resets_in_seconds=1)


def _window(*, name: str, key: object) -> str:
    digest = hashlib.blake2b(str(key).encode(), digest_size=16).hexdigest()
    return f"{settings.MODE}:limits:{name}:{digest}"


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


@lru_cache(maxsize=1)
def _script() -> Any:
    return redis.Redis().register_script(_HIT)
