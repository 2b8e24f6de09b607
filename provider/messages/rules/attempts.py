"""When a delivery is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# While a worker talks to a gateway nobody else may; a worker that died leaves its delivery to the sweeper after this.
LEASE: Final = timedelta(seconds=90)

_WAITS: Final = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
ATTEMPTS_MAX: Final = len(_WAITS) + 1


class Answer(StrEnum):
    """What came of one call of a gateway."""

    ACCEPTED = "accepted"
    AGAIN = "again"  # not taken, or nobody knows: the same gateway is asked again with the same reference
    ELSEWHERE = "elsewhere"  # surely not taken, and this gateway never will: the next one may
    REFUSED = "refused"  # surely not taken, and no gateway will
    BOUNCED = "bounced"  # the address does not exist: it is suppressed
    OPTED_OUT = "opted_out"  # the reader has told the carrier to stop


def next_attempt_at(*, attempts_count: int, at: datetime, expires_at: datetime | None) -> datetime | None:
    """When to try again after `attempts_count` tries, or None to give up: too often, or it would come too late."""
    if attempts_count >= ATTEMPTS_MAX:
        return None
    due = at + _WAITS[attempts_count - 1]
    return None if expires_at is not None and due >= expires_at else due


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of the delivery: a status, or another try at a time, perhaps at the next gateway."""

    status: str
    retry_at: datetime | None = None
    is_next_gateway: bool = False


def decide(
    *, answer: Answer, attempts_count: int, has_next_gateway: bool, at: datetime, expires_at: datetime | None
) -> Decision:
    """Turn the gateway's answer into the delivery's next state."""
    if answer is Answer.ACCEPTED:
        return Decision(status="sent")
    if answer is Answer.BOUNCED:
        return Decision(status="bounced")
    if answer is Answer.OPTED_OUT:
        return Decision(status="suppressed")
    if answer is Answer.ELSEWHERE and has_next_gateway:
        return Decision(status="queued", retry_at=at, is_next_gateway=True)
    retry_at = next_attempt_at(attempts_count=attempts_count, at=at, expires_at=expires_at)
    if answer is Answer.AGAIN and retry_at is not None:
        return Decision(status="queued", retry_at=retry_at)
    return Decision(status="failed")
