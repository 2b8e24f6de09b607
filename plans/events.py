"""What happened in plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from provider.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecorded(Event):
    """A batch of events was counted for these subscriptions; the earliest of them happened at `from_at`."""

    name: ClassVar[str] = "plans.usage_recorded"
    batch_id: int
    subscription_ids: list[UUID]
    meters: list[str]
    from_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPublished(Event):
    """A version is what new subscribers get from now on."""

    name: ClassVar[str] = "plans.plan_published"
    plan_id: UUID
    version_id: UUID
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWithdrawn(Event):
    """A version is sold no more."""

    name: ClassVar[str] = "plans.plan_withdrawn"
    plan_id: UUID
    version_id: UUID
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoriesDue(Event):
    """A draft, or a story kept with its plan, was changed: stories are to be played with the version as it stands."""

    name: ClassVar[str] = "plans.stories_due"
    version_id: UUID
    is_asked: bool = False  # by hand: those that passed already are played too


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChanged(Event):
    """A subscription was started, changed, paused, resumed, cancelled, extended or ended: `verb` says which."""

    name: ClassVar[str] = "plans.subscription_changed"
    subscription_id: UUID
    verb: str
    version_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChanged(Event):
    """An account's access went from one state to another; from '' where it is the first."""

    name: ClassVar[str] = "plans.access_changed"
    before: str
    after: str
    cause: str
