"""How often: counted per network address before the key is looked at, then per key; told in headers of every answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse

from provider.api.errors import RateExceeded
from provider.kernel import limits
from provider.kernel.errors import TooMany

WINDOW_SECONDS: Final = 60


@dataclass(slots=True)
class Quota:
    """What the key has left; written into the headers of the answer, whatever the answer is."""

    budget: limits.Budget | None = None

    def write_on(self, response: HttpResponse) -> None:
        """`RateLimit-Policy` and `RateLimit`, as the IETF's draft on rate-limit headers has them."""
        if self.budget is None:
            return
        response["RateLimit-Policy"] = f'"key";q={self.budget.allowed};w={WINDOW_SECONDS}'
        response["RateLimit"] = f'"key";r={self.budget.left};t={self.budget.resets_in_seconds}'


def count_address(address: str) -> None:
    """One request from this address, with whatever key."""
    _hit(name="api_address", key=address, allowed=settings.API_REQUESTS_PER_MINUTE_PER_ADDRESS)


def count_key(key_id: UUID, *, quota: Quota) -> None:
    """One request of this key."""
    allowed = settings.API_REQUESTS_PER_MINUTE
    try:
        quota.budget = _hit(name="api_key", key=key_id, allowed=allowed)
    except TooMany as refusal:
        seconds = int(str(refusal.facts["seconds"]))
        quota.budget = limits.Budget(allowed=allowed, left=0, resets_in_seconds=seconds)
        raise


def _hit(*, name: str, key: object, allowed: int) -> limits.Budget:
    try:
        return limits.hit(name=name, key=key, allowed=allowed, per_seconds=WINDOW_SECONDS)
    except TooMany as refusal:
        raise RateExceeded(seconds=refusal.facts["seconds"]) from refusal
