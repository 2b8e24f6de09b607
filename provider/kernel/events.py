"""Events: frozen facts in the past tense, published by the operation that made them true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of every event. `name` is its stable name on the wire, such as "accounts.member_joined".

    Fields are JSON-able by `provider.kernel.outbox`: text, numbers, truth values, UUID, datetime, date, Decimal, and
    lists of these. Mass work publishes one event with a list of ids.
    """

    name: ClassVar[str]

    account_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFinished(Event):
    """A job has ended, well or not; whoever started it is told by a handler above."""

    name: ClassVar[str] = "kernel.job_finished"

    job_id: UUID
    kind: str
    status: str
    user_id: UUID | None = None
