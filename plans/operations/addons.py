"""Add-ons follow the main subscription: they end with it, rest while it rests, and go on with it.

An end that is chosen for later is theirs at once, so that a period that it cuts is charged by its days when it opens.

Whatever stopped or woke the main one (a verb, its planned end, want of payment, a card), the add-ons are looked at
afterwards and brought to where it stands. What rested before for a reason of its own is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from plans.models import PendingChange, Stretch, Subscription, SubscriptionStatus
from plans.models.subscriptions import TRANSITIONS
from plans.queries.facts import known_subscriptions
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.state import move

from .stretches import close_stretch, last_stretch, open_stretch, update_stretch
from .subscriptions import end, record, withdraw_pending

WITH_MAIN: Final = "main"  # why the service of an add-on rests
END_OF_MAIN: Final = "main_end"  # why it will end


def follow_main(*, main: Subscription, addons: Sequence[Subscription], by: Actor, at: datetime) -> bool:
    """Bring the add-ons of an account to where its main subscription stands; whether that changed any."""
    last = last_stretch(main)
    changed = [_follow(one, main=main, last=last, by=by, at=at) for one in addons]
    return any(changed)


def _follow(addon: Subscription, *, main: Subscription, last: Stretch, by: Actor, at: datetime) -> bool:
    mine = last_stretch(addon)
    if main.status == SubscriptionStatus.ENDED and addon.status != SubscriptionStatus.ENDED:
        if main.ended_at is not None and mine.from_at > main.ended_at:
            return False  # it was taken up by itself afterwards
        _end_with(addon, last=last, at=at)
        verb = "cancel"
    elif main.status == SubscriptionStatus.PAUSED and addon.status == SubscriptionStatus.ACTIVE:
        _rest_with(addon, last=last, at=at)
        verb = "pause"
    elif main.status == SubscriptionStatus.ACTIVE and _rests_with_main(addon, mine=mine):
        _go_on_with(addon, at=at)
        verb = "resume"
    elif main.status == addon.status == SubscriptionStatus.ACTIVE:
        return _end_later_with(addon, main=main, last=last, mine=mine, by=by, at=at)
    else:
        return False
    record(addon, verb=verb, by=by, at=at, after={"with": main.code})
    return True


def _rests_with_main(addon: Subscription, *, mine: Stretch) -> bool:
    return addon.status == SubscriptionStatus.PAUSED and mine.end_cause == WITH_MAIN


def _end_with(addon: Subscription, *, last: Stretch, at: datetime) -> None:
    """Its last day is that of the main one, unless it ended or rests before; what was planned does not happen."""
    withdraw_pending(addon, at=at)
    PendingChange.objects.filter(subscription=addon, settled_at=None).update(settled_at=at, outcome="withdrawn")
    mine = last_stretch(addon)
    day, until_at = last.end_on or mine.start_on, last.until_at or at
    if mine.until_at is None or mine.until_at > until_at:
        close_stretch(addon, day=min(day, mine.end_on or day), at=until_at, cause="cancel", last=mine)
    end(addon, at=at)


def _end_later_with(
    addon: Subscription, *, main: Subscription, last: Stretch, mine: Stretch, by: Actor, at: datetime
) -> bool:
    """An end of the main one that is still to come is the add-on's too, unless it has one of its own; both may go."""
    is_planned = last.end_cause in ("cancel", "end") and last.until_at is not None and last.until_at > at
    planned = (last.end_on, last.until_at) if is_planned else (None, None)
    if mine.end_cause not in ("", END_OF_MAIN) or (mine.end_on, mine.until_at) == planned:
        return False
    if last.end_on is not None and last.until_at is not None and is_planned:
        close_stretch(addon, day=last.end_on, at=last.until_at, cause=END_OF_MAIN, last=mine)
        record(addon, verb="cancel", by=by, at=at, after={"with": main.code, "when": last.until_at})
    else:
        update_stretch(mine, end_on=None, until_at=None, end_cause="")
        record(addon, verb="withdraw", by=by, at=at, after={"with": main.code})
    return True


def _rest_with(addon: Subscription, *, last: Stretch, at: datetime) -> None:
    """Nothing is served and billed from the day on from which nothing of the main one is."""
    withdraw_pending(addon, at=at)
    mine = last_stretch(addon)
    day = last.end_on or mine.start_on
    close_stretch(addon, day=min(day, mine.end_on or day), at=at, cause=WITH_MAIN, last=mine)
    move(addon, to=SubscriptionStatus.PAUSED, transitions=TRANSITIONS, next_due_at=at)


def _go_on_with(addon: Subscription, *, at: datetime) -> None:
    """The rest of its running period opens."""
    known = known_subscriptions([addon])[0]
    day = local_day(at=at, zone=known.zone)
    served_until = known.stretches[-1].end_on or day
    open_stretch(addon, terms=known.current, cause="resume", day=max(day, served_until), at=at)
    move(addon, to=SubscriptionStatus.ACTIVE, transitions=TRANSITIONS, next_due_at=at)
