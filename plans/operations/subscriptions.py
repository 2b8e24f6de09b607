"""What happens to a subscription: started, changed, paused, resumed, cancelled. Nothing is billed here.

The account is locked by whoever calls (`invoices.operations.subscriptions`), who has done the overdue work before and
bills the difference afterwards. Facts only gain rows; an open stretch is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max

from plans import errors
from plans.events import SubscriptionChanged
from plans.models import (
    Entitlement,
    PendingChange,
    Period,
    PlanVersion,
    Subscription,
    SubscriptionQuantity,
    SubscriptionStatus,
    VersionStatus,
)
from plans.models.subscriptions import TRANSITIONS
from plans.queries.facts import Known, known_subscriptions
from plans.queries.terms import Sold, sold_version
from plans.rules.calendar import Schedule, schedule_of
from plans.rules.rating import BadPrice, check_price
from plans.rules.terms import MeterTerms
from provider.accounts.models import Account
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.clock import first_instant, local_day
from provider.kernel.errors import NotFound
from provider.kernel.state import move

from .conversion import check_convertible, convert_terms
from .stretches import add_schedule, close_stretch, last_stretch, open_stretch, part_stretch, update_stretch

Unused = Literal["credit", "refund", "none"]
Pays = Literal["on_terms", "automatic", "prepaid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """What is wished for. Without `starts_at` it begins now; `is_main` follows the plan unless said."""

    version_id: UUID
    code: str = "main"
    pays: Pays = "on_terms"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    quantities: Mapping[str, Decimal] = field(default_factory=dict)
    is_main: bool | None = None


def start(*, account: Account, wish: NewSubscription, by: Actor, at: datetime, reason: str = "") -> Subscription:
    """Begin a subscription: now, later, or from a day in the past on."""
    starts_at = wish.starts_at or at
    terms = _for_sale(version_id=wish.version_id, currency=account.currency)
    zone = ZoneInfo(account.time_zone)
    _check_start(account=account, wish=wish, starts_at=starts_at, zone=zone)
    is_main = terms.grants_crm if wish.is_main is None else wish.is_main
    _check_free(account=account, code=wish.code, is_main=is_main)
    day = local_day(at=starts_at, zone=zone)
    subscription = Subscription.objects.create(
        account=account,
        code=wish.code,
        status=SubscriptionStatus.SCHEDULED if starts_at > at else SubscriptionStatus.ACTIVE,
        is_main=is_main,
        currency=account.currency,
        time_zone=account.time_zone,
        pays=wish.pays,
        first_on=day,
        started_at=starts_at,
        next_due_at=starts_at,
        created_at=at,
    )
    end_on, until_at = _fixed_end(wish.ends_at, terms=terms, zone=zone)
    open_stretch(subscription, terms=terms, cause="start", day=day, at=starts_at, end_on=end_on, until_at=until_at)
    add_schedule(subscription, day=day, schedule=schedule_at_start(terms, day=day))
    for charge, quantity in wish.quantities.items():
        _add_quantity(subscription, terms=terms, charge=charge, quantity=quantity, from_at=starts_at)
    if starts_at > at:
        _plan_for_later(subscription, verb="start", due_at=starts_at, at=at)
    if until_at is not None:
        _plan_for_later(subscription, verb="cancel", due_at=until_at, at=at)
    after = {"version": terms.version_id, "pays": wish.pays}
    record(subscription, verb="start", by=by, at=at, after=after, reason=reason)
    return subscription


def schedule_at_start(terms: Sold, *, day: date) -> Schedule:
    """The boundaries of the periods of what begins on a local day."""
    return schedule_of(interval=terms.terms.interval, anchor=terms.anchor, start=day)


def _for_sale(*, version_id: UUID, currency: str) -> Sold:
    version = PlanVersion.objects.filter(id=version_id).first()
    if version is None:
        raise NotFound()
    if version.status != VersionStatus.PUBLISHED:
        raise errors.VersionNotForSale(field="version")
    return sold_version(version_id=version_id, currency=currency)


def _check_start(*, account: Account, wish: NewSubscription, starts_at: datetime, zone: ZoneInfo) -> None:
    opened_on = local_day(at=account.created_at, zone=zone)
    if local_day(at=starts_at, zone=zone) < opened_on:
        raise errors.StartsTooEarly(field="starts_at", opened_on=opened_on)
    if wish.ends_at is not None and wish.ends_at <= starts_at:
        raise errors.EndsTooEarly(field="ends_at")


def _check_free(*, account: Account, code: str, is_main: bool) -> None:
    mine = Subscription.objects.filter(account=account)
    has_main = mine.filter(is_main=True).exclude(status=SubscriptionStatus.ENDED).exists()
    if mine.filter(code=code).exists() or (is_main and has_main):
        raise errors.SubscribedAlready(field="code")


def _fixed_end(ends_at: datetime | None, *, terms: Sold, zone: ZoneInfo) -> tuple[date | None, datetime | None]:
    """The first day that is no longer served, and until when events count."""
    if ends_at is None:
        return None, None
    day = local_day(at=ends_at, zone=zone)
    if first_instant(day=day, zone=zone) == ends_at or not terms.terms.bills_last_day:
        return day, ends_at
    return day + timedelta(days=1), ends_at


# --- Change of plan, quantity, anchor ---


def change_plan(
    *,
    subscription: Subscription,
    version_id: UUID,
    when: Literal["now", "period_end"] | datetime,
    unused: Unused,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Subscription:
    """Move to another plan: now, or planned for the end of the period or an instant to come."""
    known = _served(subscription)
    terms = _for_sale(version_id=version_id, currency=subscription.currency)
    if terms.version_id == known.current.version_id:
        raise errors.SamePlan(field="version")
    check_room(known, terms=terms, at=at)
    withdraw_pending(subscription, at=at)
    due_at = at if when == "now" else _period_end(known, at=at) if when == "period_end" else when
    if due_at < at:
        raise errors.ChangeInThePast(field="when")
    if due_at == at:
        check_convertible(known, terms=terms, at=at)
        _move_to(known_subscriptions([subscription])[0], terms=terms, at=at)
    else:
        _plan_for_later(
            subscription, verb="change_plan", due_at=due_at, at=at, version_id=terms.version_id, unused=unused
        )
    after = {"version": terms.version_id, "from": due_at, "unused": unused}
    before = {"version": known.current.version_id}
    record(subscription, verb="change_plan", by=by, at=at, before=before, after=after, reason=reason)
    return subscription


def _move_to(known: Known, *, terms: Sold, at: datetime) -> None:
    """The day belongs to the new plan; a fixed end stays, and so does an anchor that is still to come."""
    convert_terms(known, terms=terms, at=at)
    day = local_day(at=at, zone=known.zone)
    part_stretch(known.row, terms=terms, cause="change", day=day, at=at)
    interval = terms.terms.interval
    old = known.facts.service.schedule_on(day)
    if interval != old.interval:
        later = [entry for entry in known.facts.service.schedules if entry.day > day]
        add_schedule(known.row, day=day, schedule=Schedule(interval, old.anchor, old.day_of_month))
        for entry in later:
            moved = Schedule(interval, entry.schedule.anchor, entry.schedule.day_of_month)
            add_schedule(known.row, day=entry.day, schedule=moved)


def check_room(known: Known, *, terms: Sold, at: datetime) -> None:
    """Refuse a plan that cannot hold what is in use now, such as the seats."""
    meters = {c.meter.name: c.meter for plan in known.facts.plans.values() for c in plan.charges if c.meter}
    limits = Entitlement.objects.filter(version_id=terms.version_id, limit__isnull=False, stops_at_limit=True)
    for feature, limit in limits.values_list("feature", "limit"):
        meter: MeterTerms | None = meters.get(feature)
        if meter is None or not meter.carries_over:
            continue
        used = known.facts.usage.level(meter, until_at=at)
        if limit is not None and used > limit:
            raise errors.TooManyForPlan(field="version", feature=feature, used=int(used), limit=limit)


def set_quantity(
    *,
    subscription: Subscription,
    charge: str,
    quantity: Decimal,
    when: Literal["now", "period_end"],
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Subscription:
    """Sell another number of units of a charge, now or from the next period on."""
    known = _served(subscription)
    from_at = at if when == "now" else _period_end(known, at=at)
    _add_quantity(subscription, terms=known.current, charge=charge, quantity=quantity, from_at=from_at)
    after = {"charge": charge, "quantity": quantity, "from": from_at}
    record(subscription, verb="set_quantity", by=by, at=at, after=after, reason=reason)
    return subscription


def set_anchor(
    *,
    subscription: Subscription,
    day: int,
    when: Literal["now", "period_end"],
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Subscription:
    """Have periods begin on another day of the month, from the end of the period on, or from today."""
    known = _served(subscription)
    today = local_day(at=at, zone=known.zone)
    now = known.facts.service.schedule_on(today)
    if now.interval.days:
        raise errors.AnchorNeedsMonths(field="day")
    from_on = today if when == "now" else now.whole_period(today)[1]
    if when == "now":
        beyond = Period.objects.filter(subscription=subscription).aggregate(last=Max("end_on"))["last"]
        if beyond is not None and beyond > today:
            raise errors.PaidBeyondAnchor(field="when", until=beyond)
    add_schedule(subscription, day=from_on, schedule=schedule_of(interval=now.interval, anchor=day, start=from_on))
    record(subscription, verb="set_anchor", by=by, at=at, after={"day": day, "from": from_on}, reason=reason)
    return subscription


# --- Pause, resume, cancel ---


def pause(*, subscription: Subscription, by: Actor, at: datetime, reason: str = "") -> Subscription:
    """Serve and bill nothing from this day on, until it is resumed."""
    known = _served(subscription)
    withdraw_pending(subscription, at=at)
    close_stretch(subscription, day=local_day(at=at, zone=known.zone), at=at, cause="pause")
    move(subscription, to=SubscriptionStatus.PAUSED, transitions=TRANSITIONS, next_due_at=at)
    record(subscription, verb="pause", by=by, at=at, reason=reason)
    return subscription


def resume(*, subscription: Subscription, by: Actor, at: datetime, reason: str = "") -> Subscription:
    """Serve again: the rest of the running period opens."""
    if subscription.status != SubscriptionStatus.PAUSED:
        raise errors.SubscriptionStateForbids(status=subscription.status)
    if last_stretch(subscription).end_cause == "dormant":
        raise errors.RenewFirst()
    _check_main_is_served(subscription)
    _go_on(subscription, cause="resume", at=at)
    move(subscription, to=SubscriptionStatus.ACTIVE, transitions=TRANSITIONS, next_due_at=at)
    record(subscription, verb="resume", by=by, at=at, reason=reason)
    return subscription


def reactivate(*, subscription: Subscription, by: Actor, at: datetime, reason: str = "") -> Subscription:
    """Take up what was cancelled, with the plan that it had last."""
    if subscription.status != SubscriptionStatus.ENDED:
        raise errors.SubscriptionStateForbids(status=subscription.status)
    if subscription.is_main:
        others = Subscription.objects.filter(account_id=subscription.account_id, is_main=True)
        if others.exclude(status=SubscriptionStatus.ENDED).exists():
            raise errors.SubscribedAlready(field="code")
    _check_main_is_served(subscription)
    _go_on(subscription, cause="reactivate", at=at)
    move(subscription, to=SubscriptionStatus.ACTIVE, transitions=TRANSITIONS, ended_at=None, next_due_at=at)
    record(subscription, verb="reactivate", by=by, at=at, reason=reason)
    return subscription


def _check_main_is_served(subscription: Subscription) -> None:
    mine = Subscription.objects.filter(account_id=subscription.account_id, is_main=True)
    if not subscription.is_main and mine.filter(status=SubscriptionStatus.PAUSED).exists():
        raise errors.RestsWithMain()


def _go_on(subscription: Subscription, *, cause: str, at: datetime) -> None:
    known = known_subscriptions([subscription])[0]
    last = known.facts.service.stretches[-1]
    day = local_day(at=at, zone=known.zone)
    open_stretch(subscription, terms=known.current, cause=cause, day=max(day, last.end or day), at=at)


def cancel(
    *,
    subscription: Subscription,
    when: Literal["now", "period_end"] | datetime,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Subscription:
    """End it: now, with the period that runs, or at an instant to come. What is there stays there."""
    if subscription.status == SubscriptionStatus.ENDED:
        raise errors.SubscriptionStateForbids(status=subscription.status)
    known = known_subscriptions([subscription])[0]
    until_at = at if when == "now" else _period_end(known, at=at) if when == "period_end" else when
    if until_at < at:
        raise errors.ChangeInThePast(field="when")
    withdraw_pending(subscription, at=at)
    if until_at > at and subscription.status == SubscriptionStatus.ACTIVE:
        _cancel_later(subscription, zone=known.zone, until_at=until_at, at=at)
    else:
        _cancel_now(known, at=at)
    record(subscription, verb="cancel", by=by, at=at, after={"when": when}, reason=reason)
    return subscription


def _cancel_later(subscription: Subscription, *, zone: ZoneInfo, until_at: datetime, at: datetime) -> None:
    """Close the stretch at an instant to come; one that was agreed to end earlier keeps its end."""
    last = last_stretch(subscription)
    if last.until_at is not None and last.until_at <= until_at:
        raise errors.EndsEarlierAlready(field="when")
    if last.end_cause == "end":
        waiting = PendingChange.objects.filter(subscription=subscription, settled_at=None, verb="cancel")
        waiting.update(settled_at=at, outcome="withdrawn")
    close_stretch(subscription, day=local_day(at=until_at, zone=zone), at=until_at, cause="cancel")
    _plan_for_later(subscription, verb="cancel", due_at=until_at, at=at)


def _cancel_now(known: Known, *, at: datetime) -> None:
    last = last_stretch(known.row)
    day = local_day(at=at, zone=known.zone) + timedelta(days=1 if known.current.terms.bills_last_day else 0)
    if last.from_at > at:  # it never began
        close_stretch(known.row, day=last.start_on, at=last.from_at, cause="cancel")
    elif last.end_on is None or last.end_on > day or (last.until_at or at) > at:
        close_stretch(known.row, day=min(day, last.end_on or day), at=at, cause="cancel")
    end(known.row, at=at)


def end(subscription: Subscription, *, at: datetime) -> None:
    """Mark it as ended; what is still to be billed of it is due now."""
    move(subscription, to=SubscriptionStatus.ENDED, transitions=TRANSITIONS, ended_at=at, next_due_at=at)


# --- What was chosen for later ---


def apply_pending(change: PendingChange, *, by: Actor, at: datetime) -> Unused:
    """Do what was planned, as of the instant for which it was; what becomes of unused time as it was chosen."""
    subscription = Subscription.objects.get(pk=change.subscription_id)
    if change.verb == "start" and subscription.status == SubscriptionStatus.SCHEDULED:
        move(subscription, to=SubscriptionStatus.ACTIVE, transitions=TRANSITIONS)
    elif change.verb == "cancel" and subscription.status != SubscriptionStatus.ENDED:
        end(subscription, at=change.due_at)
    elif change.verb == "change_plan" and subscription.status == SubscriptionStatus.ACTIVE:
        assert change.version_id is not None
        terms = sold_version(version_id=change.version_id, currency=subscription.currency)
        _move_to(known_subscriptions([subscription])[0], terms=terms, at=change.due_at)
    PendingChange.objects.filter(pk=change.pk).update(settled_at=at, outcome="done")
    record(subscription, verb=f"{change.verb}_took_effect", by=by, at=at)
    return change.unused  # type: ignore[return-value]


def withdraw(*, subscription: Subscription, by: Actor, at: datetime, reason: str = "") -> Subscription:
    """Take back what was planned: a change of plan, or the end with the period."""
    if not withdraw_pending(subscription, at=at):
        raise errors.NothingToWithdraw()
    record(subscription, verb="withdraw", by=by, at=at, reason=reason)
    return subscription


def withdraw_pending(subscription: Subscription, *, at: datetime) -> bool:
    """Settle what was planned as withdrawn; an end that was to come is lifted. Whether there was anything.

    A fixed end that was agreed at the start, and a start that is still to come, stay.
    """
    waiting = PendingChange.objects.filter(subscription=subscription, settled_at=None).exclude(verb="start")
    last = last_stretch(subscription)
    if last.end_cause == "end":
        waiting = waiting.exclude(verb="cancel")
    elif last.end_cause == "cancel" and last.until_at is not None and last.until_at > at:
        update_stretch(last, end_on=None, until_at=None, end_cause="")
    return waiting.update(settled_at=at, outcome="withdrawn") > 0


# --- Rows ---


def _served(subscription: Subscription) -> Known:
    if subscription.status != SubscriptionStatus.ACTIVE:
        raise errors.SubscriptionStateForbids(status=subscription.status)
    return known_subscriptions([subscription])[0]


def _period_end(known: Known, *, at: datetime) -> datetime:
    today = local_day(at=at, zone=known.zone)
    return first_instant(day=known.facts.service.schedule_on(today).whole_period(today)[1], zone=known.zone)


def _add_quantity(
    subscription: Subscription, *, terms: Sold, charge: str, quantity: Decimal, from_at: datetime
) -> None:
    by_number = [one.code for one in terms.terms.charges if one.quantity is not None]
    if charge not in by_number:
        raise errors.NotSoldByUnits(field="charge", charge=charge, known=", ".join(by_number) or "-")
    try:
        check_price(quantity)
    except BadPrice:
        raise errors.BadQuantity(field="quantity") from None
    if quantity < 0:
        raise errors.BadQuantity(field="quantity")
    SubscriptionQuantity.objects.create(
        subscription=subscription, charge_code=charge, from_at=from_at, quantity=quantity
    )


def _plan_for_later(
    subscription: Subscription,
    *,
    verb: str,
    due_at: datetime,
    at: datetime,
    version_id: UUID | None = None,
    unused: Unused = "credit",
) -> None:
    PendingChange.objects.create(
        subscription=subscription,
        verb=verb,
        due_at=due_at,
        version_id=version_id,
        unused=unused,
        chosen_at=at,
    )


def record(
    subscription: Subscription,
    *,
    verb: str,
    by: Actor,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write the act into the history and tell of it."""
    audit.record(
        by=by,
        verb=f"subscription.{verb}",
        subject_kind="subscription",
        subject_id=subscription.id,
        account_id=subscription.account_id,
        at=at,
        before=before,
        after=after,
        reason=reason,
    )
    event = SubscriptionChanged(account_id=subscription.account_id, subscription_id=subscription.id, verb=verb)
    outbox.publish(event, at=at)
