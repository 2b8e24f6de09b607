"""A longer trial or grace: what was overdue is billed first; then it is given, and nothing is billed for it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Unpack

from plans.models import Subscription
from plans.operations import extensions
from plans.operations.extensions import Longer
from provider.kernel.errors import NotFound

from .desk import Desk
from .subscriptions import Call, Outcome, perform

__all__ = ["Extended", "extend_access"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended(Outcome):
    """A trial or a grace that was extended, or would be: the first instants after it, before and now."""

    state: str
    old_ends_at: datetime
    ends_at: datetime


def extend_access(*, last_day: date, **call: Unpack[Call]) -> Extended:
    """Have the trial or the grace of an account last until a day, that day included."""
    given: list[Longer] = []

    def change(_: Desk) -> Subscription:
        mine = Subscription.objects.select_for_update().filter(
            id=call["subscription_id"], account_id=call["account_id"]
        )
        subscription = mine.first()
        if subscription is None:
            raise NotFound()
        given.append(
            extensions.extend_access(
                subscription=subscription,
                last_day=last_day,
                by=call["by"],
                at=call["at"],
                reason=call.get("reason", ""),
            )
        )
        return subscription

    outcome = perform(
        account_id=call["account_id"],
        change=change,
        by=call["by"],
        at=call["at"],
        is_preview=call.get("is_preview", False),
        expected=call.get("expected"),
        also=lambda: (given[0].state, given[0].old_ends_at, given[0].ends_at),
    )
    longer = given[0]
    return Extended(
        **{field.name: getattr(outcome, field.name) for field in fields(Outcome)},
        state=longer.state,
        old_ends_at=longer.old_ends_at,
        ends_at=longer.ends_at,
    )
