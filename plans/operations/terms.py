"""Terms that are paid ahead: by a renewal card, or bought online. Nothing is billed for them here or later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.db.models import Max

from plans import errors
from plans.models import PaidTerm, Subscription, SubscriptionStatus
from plans.models.subscriptions import TRANSITIONS
from plans.queries.facts import Known, known_subscriptions
from plans.queries.terms import sold_version
from plans.rules.access import access_at, trial_end
from plans.rules.calendar import Schedule
from plans.rules.paid_terms import end_by_value, period_price, term_end
from provider.kernel import audit, together
from provider.kernel.actor import Actor
from provider.kernel.clock import first_instant, local_day
from provider.kernel.errors import NotFound
from provider.kernel.money import to_decimal
from provider.kernel.state import move

from . import stretches, subscriptions
from .access import standing_of

How = Literal["ahead", "trial", "lapsed", "paused", "automatic", "first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What was paid for: months or days of a version, worth `face_minor`; `source` names what paid, once.

    `is_new` says that the source came into being in this transaction, so that it cannot have paid before.
    """

    version_id: UUID
    face_minor: int
    source_kind: str
    source_id: str
    months: int = 0
    days: int = 0
    seats: int = 0  # that it pays for too; none where it is converted by value
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """The term as it was added, how it was fitted in, and until when was paid before."""

    row: PaidTerm
    how: How
    is_converted: bool
    old_paid_until: datetime | None


def extend(*, known: Known, term: Term, by: Actor, at: datetime, is_first: bool = False) -> Extended:
    """Add a paid term: after what is paid, after the trial, or from today on where the account had lapsed.

    `known` are the facts as they are now, its row locked.
    """
    subscription = known.row
    if not term.is_new and _has_paid(term):
        raise errors.TermUsedAlready()
    charged_until = known.charged_until(at)  # before it is woken: what opens then is paid by the term
    had, was_paused = subscription.status, _wake(known, by=by, at=at)
    if subscription.status != had:
        known = known_subscriptions([subscription])[0]
    old = subscription.paid_until
    how, begin = _place(known, charged_until=charged_until, at=at)
    schedule = known.facts.service.schedule_on(begin)
    if how in ("trial", "lapsed"):
        schedule = _anchor_on(known, day=begin, at=at)
    end, is_converted = _end(known, term=term, begin=begin, schedule=schedule)
    row = PaidTerm(
        subscription=subscription,
        version_id=term.version_id,
        start_on=begin,
        end_on=end,
        starts_at=first_instant(day=begin, zone=known.zone),
        ends_at=first_instant(day=end, zone=known.zone),
        source_kind=term.source_kind,
        source_id=term.source_id,
        seats=0 if is_converted else term.seats,
        created_at=at,
    )
    together.insert(row)
    subscription.paid_until = row.ends_at
    together.change(Subscription, where={"pk": subscription.pk}, paid_until=row.ends_at)
    subscriptions.record(
        subscription,
        verb="extend",
        by=by,
        at=at,
        before={"paid_until": old},
        after={"paid_until": row.ends_at, "source": f"{term.source_kind} {term.source_id}"},
    )
    said: How = "first" if is_first else "paused" if was_paused else how
    return Extended(row=row, how=said, is_converted=is_converted, old_paid_until=old)


def _has_paid(term: Term) -> bool:
    return PaidTerm.objects.filter(source_kind=term.source_kind, source_id=term.source_id).exists()


def _wake(known: Known, *, by: Actor, at: datetime) -> bool:
    """Resume what was paused by hand, take up what was cancelled; what went dormant is opened anew by its term."""
    subscription = known.row
    if subscription.status == SubscriptionStatus.ENDED:
        subscription.pays = "prepaid"
        subscription.save(update_fields=["pays"])
        subscriptions.reactivate(subscription=subscription, by=by, at=at)
        return False
    if subscription.status == SubscriptionStatus.PAUSED and known.stretches[-1].end_cause != "dormant":
        subscriptions.resume(subscription=subscription, by=by, at=at)
        return True
    return False


def _place(known: Known, *, charged_until: date | None, at: datetime) -> tuple[How, date]:
    """How the term is fitted in, and its first day."""
    zone = known.zone
    paid_until = known.row.paid_until
    if known.row.pays != "prepaid":
        return "automatic", _first_unbilled(known, charged_until=charged_until, at=at)
    if paid_until is not None and paid_until > at:
        return "ahead", local_day(at=paid_until, zone=zone)
    standing = standing_of(known)
    if access_at(standing, at=at).state == "trial":
        return "trial", local_day(at=trial_end(standing), zone=zone)
    return "lapsed", local_day(at=at, zone=zone)


def _first_unbilled(known: Known, *, charged_until: date | None, at: datetime) -> date:
    """The first day of which neither an invoice nor a term has paid the flat prices."""
    today = local_day(at=at, zone=known.zone)
    return max([charged_until or today, today, *(end for _, end in known.facts.service.paid)])


def _anchor_on(known: Known, *, day: date, at: datetime) -> Schedule:
    """Periods begin on this day from now on; a stretch that does not begin with one is closed and opened anew."""
    row, last = known.row, known.stretches[-1]
    begins_at = max(at, first_instant(day=day, zone=known.zone))
    is_open = last.end_on is None
    old = known.facts.service.schedule_on(day)
    if is_open and not last.is_free and old.whole_period(day)[0] == day:
        return old
    if is_open or (last.is_free and row.status == SubscriptionStatus.ACTIVE):
        stretches.part_stretch(
            row, terms=known.current, cause="renewal", day=day, at=begins_at, is_free=False, last=last
        )
    else:
        stretches.open_stretch(
            row, terms=known.current, cause="renewal", day=max(day, last.end_on or day), at=begins_at,
            position=last.position + 1,
        )  # fmt: skip
    schedule = Schedule(known.current.terms.interval, day, day.day)
    stretches.add_schedule(row, day=day, schedule=schedule, position=max(one.position for one in known.schedules) + 1)
    if row.status == SubscriptionStatus.PAUSED:
        move(row, to=SubscriptionStatus.ACTIVE, transitions=TRANSITIONS, next_due_at=at)
    return schedule


def _end(known: Known, *, term: Term, begin: date, schedule: Schedule) -> tuple[date, bool]:
    paid_for = sold_version(version_id=term.version_id, currency=known.row.currency)
    if paid_for.plan_id == known.current.plan_id:
        return term_end(begin=begin, months=term.months, days=term.days, schedule=schedule), False
    terms = known.current.terms
    if not period_price(terms) or term.face_minor <= 0:
        raise errors.TermWithoutValue()
    value = to_decimal(minor=term.face_minor, currency=known.row.currency)
    return end_by_value(begin=begin, value=value, terms=terms, schedule=schedule), True


def take_back(*, source_kind: str, source_id: str, by: Actor, at: datetime) -> PaidTerm:
    """Free the days of a term again: what paid for it was undone."""
    row = (
        PaidTerm.objects.select_for_update()
        .filter(source_kind=source_kind, source_id=source_id, taken_back_at=None)
        .first()
    )
    if row is None:
        raise NotFound()
    later = PaidTerm.objects.filter(subscription_id=row.subscription_id, taken_back_at=None, start_on__gte=row.end_on)
    if later.exists():
        raise errors.TermsFollow()
    row.taken_back_at = at
    row.save(update_fields=["taken_back_at"])
    left = PaidTerm.objects.filter(subscription_id=row.subscription_id, taken_back_at=None)
    Subscription.objects.filter(pk=row.subscription_id).update(
        paid_until=left.aggregate(last=Max("ends_at"))["last"], next_due_at=at
    )
    audit.record(
        by=by,
        verb="subscription.term_taken_back",
        subject_kind="subscription",
        subject_id=row.subscription_id,
        account_id=row.subscription.account_id,
        at=at,
        before={"paid_until": row.ends_at},
    )
    return row
