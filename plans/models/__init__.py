"""Plans' tables, by noun."""

from .access import AccessExtension, AccessSpell, AccessState, ExtendedState
from .catalogue import (
    ChargePrice,
    Entitlement,
    Plan,
    PlanCharge,
    PlanMinimum,
    PlanVersion,
    VersionStatus,
)
from .metering import (
    Meter,
    UnmatchedEvent,
    UsageBatch,
    UsageConflict,
    UsageDay,
    UsageEvent,
    UsageHour,
    UsageKey,
    UsageNotice,
)
from .replays import Replay, ReplayLine
from .stories import Story, StoryResult
from .subscriptions import (
    AgreedPrice,
    PaidTerm,
    PendingChange,
    Period,
    Stretch,
    Subscription,
    SubscriptionQuantity,
    SubscriptionSchedule,
    SubscriptionStatus,
)

__all__ = [
    "AccessExtension",
    "AccessSpell",
    "AccessState",
    "AgreedPrice",
    "ChargePrice",
    "Entitlement",
    "ExtendedState",
    "Meter",
    "PaidTerm",
    "PendingChange",
    "Period",
    "Plan",
    "PlanCharge",
    "PlanMinimum",
    "PlanVersion",
    "Replay",
    "ReplayLine",
    "Story",
    "StoryResult",
    "Stretch",
    "Subscription",
    "SubscriptionQuantity",
    "SubscriptionSchedule",
    "SubscriptionStatus",
    "UnmatchedEvent",
    "UsageBatch",
    "UsageConflict",
    "UsageDay",
    "UsageEvent",
    "UsageHour",
    "UsageKey",
    "UsageNotice",
    "VersionStatus",
]
