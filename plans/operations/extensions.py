"""Giving more time: the trial or the grace that runs lasts longer, by a day that an operator chose and a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from plans import errors
from plans.models import AccessExtension, ExtendedState, Subscription, SubscriptionStatus
from plans.queries.facts import Known, known_subscriptions
from plans.rules.access import MOST_DAYS_EXTENDED, AccessNow, access_at
from provider.kernel.actor import Actor
from provider.kernel.clock import first_instant, local_day

from .access import standing_of
from .subscriptions import record


@dataclass(frozen=True, slots=True, kw_only=True)
class Longer:
    """What was extended, from which end to which: the first instants after it."""

    state: str
    old_ends_at: datetime
    ends_at: datetime


def extend_access(*, subscription: Subscription, last_day: date, by: Actor, at: datetime, reason: str) -> Longer:
    """Have the trial or the grace that runs last until `last_day`, that day included."""
    if not subscription.is_main or subscription.status != SubscriptionStatus.ACTIVE:
        raise errors.SubscriptionStateForbids(status=subscription.status)
    if not reason.strip():
        raise errors.ExtensionNeedsReason(field="reason")
    known = known_subscriptions([subscription])[0]
    now = access_at(standing_of(known), at=at)
    old_ends_at = _check_extendable(now)
    old_end_on = local_day(at=old_ends_at, zone=known.zone)
    end_on = last_day + timedelta(days=1)
    _check_day(known, state=now.state, old_end_on=old_end_on, end_on=end_on, at=at)
    AccessExtension.objects.create(
        subscription=subscription,
        state=ExtendedState(now.state),
        old_end_on=old_end_on,
        end_on=end_on,
        reason=reason.strip(),
        given_at=at,
    )
    ends_at = first_instant(day=end_on, zone=known.zone)
    record(
        subscription,
        verb=f"extend_{now.state}",
        by=by,
        at=at,
        before={"ends_at": old_ends_at},
        after={"ends_at": ends_at},
        reason=reason.strip(),
    )
    return Longer(state=now.state, old_ends_at=old_ends_at, ends_at=ends_at)


def _check_extendable(now: AccessNow) -> datetime:
    if now.state == "active":
        raise errors.NothingToExtend()
    if now.state not in (ExtendedState.TRIAL, ExtendedState.GRACE):
        raise errors.ExtendedTooLate()
    return cast(datetime, now.ends_at)


def _check_day(known: Known, *, state: str, old_end_on: date, end_on: date, at: datetime) -> None:
    today = local_day(at=at, zone=known.zone)
    if end_on <= old_end_on:
        raise errors.ExtendsNothing(field="last_day", last_day=old_end_on - timedelta(days=1))
    most = today + timedelta(days=MOST_DAYS_EXTENDED)
    if end_on > most + timedelta(days=1):
        raise errors.ExtendedTooFar(field="last_day", last_day=most, days=MOST_DAYS_EXTENDED)
    if state == ExtendedState.TRIAL and any(end > old_end_on for _, end in known.facts.service.paid):
        raise errors.PaidAfterTrial()
    last = known.stretches[-1]
    if last.end_on is not None and last.end_on < end_on:
        raise errors.EndsEarlierAlready(field="last_day")
