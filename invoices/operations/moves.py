"""Subscribers of older versions move to a newer one: first it is seen what that does to each, then it is done.

Both steps are jobs and do the same change of plan (`subscriptions.change_plan`), the first as a preview. The act hands
the preview's fingerprint back, so whoever stands differently by then is left alone and listed with the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from invoices.errors import (
    EndsBeforeMove,
    MoveConfirmedAlready,
    MoveDayPast,
    MoveFailed,
    MoveNeedsReason,
    MoveNotSeen,
    NobodyChosen,
    NobodyToMove,
    NotBegunYet,
    OtherChangePlanned,
    RestsNow,
)
from invoices.models import MoveLine, MoveOutcome, MoveWhen, VersionMove
from invoices.rules.book import Unused
from plans.errors import NotPriced, VersionNotForSale
from plans.models import PlanVersion, Subscription, SubscriptionStatus, VersionStatus
from plans.queries.catalogue import access_version
from plans.queries.facts import Known, known_subscriptions
from plans.queries.held import subscriptions_on
from plans.queries.terms import sold_version
from plans.rules.replay import cost_of_period
from provider.accounts.models import Account
from provider.kernel import audit, jobs, trouble
from provider.kernel.actor import Actor
from provider.kernel.clock import first_instant, local_day
from provider.kernel.encoding import to_plain
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.sets import among

from .subscriptions import Outcome, When, change_plan

logger = logging.getLogger(__name__)
LOOK: Final = "invoices.look_at_move"
MOVE: Final = "invoices.move_subscribers"
LOOKED_AT_ONCE: Final = 20
MOVED_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveWish:
    """Whose subscribers move to which version, and when; `unused` is what becomes of time that was billed."""

    version_id: UUID
    from_ids: Sequence[UUID]
    when: Literal["now", "period_end", "on"]
    on: date | None = None
    unused: Unused = "credit"


# --- Looking ---


def look_at_move(*, seller_id: UUID, wish: MoveWish, by: Actor, at: datetime) -> VersionMove:
    """See, as a job, who could be moved and what it would do to each; nothing is changed."""
    with transaction.atomic():
        version = access_version(seller_id=seller_id, version_id=wish.version_id)
        if version.status != VersionStatus.PUBLISHED:
            raise VersionNotForSale()
        _check_day(wish, seller=version.plan.seller, at=at)
        from_ids = _versions_meant(wish, version=version)
        total = subscriptions_on(from_ids).count()
        if not total:
            raise NobodyToMove(field="from_ids")

        move = VersionMove.objects.create(
            version=version, from_ids=from_ids, when=wish.when, on=wish.on, unused=wish.unused, created_at=at
        )
        move.look_job_id = _start(LOOK, move=move, by=by, at=at, total=total)
        move.save(update_fields=["look_job_id"])
        return move


def _check_day(wish: MoveWish, *, seller: Account, at: datetime) -> None:
    today = local_day(at=at, zone=ZoneInfo(seller.time_zone))
    if wish.when == "on" and (wish.on is None or wish.on <= today):
        raise MoveDayPast(field="on")


def _versions_meant(wish: MoveWish, *, version: PlanVersion) -> list[UUID]:
    known = PlanVersion.objects.filter(plan_id=version.plan_id).exclude(pk=version.pk)
    found = list(known.filter(pk__in=wish.from_ids).order_by("number").values_list("pk", flat=True))
    if len(found) != len(set(wish.from_ids)):
        raise NotFound()
    return found


def _start(kind: str, *, move: VersionMove, by: Actor, at: datetime, total: int) -> UUID:
    seller_id = move.version.plan.seller_id
    return jobs.start(kind=kind, params={"move_id": str(move.id)}, by=by, at=at, account_id=seller_id, total=total).id


def look_chunk(chunk: jobs.Chunk) -> jobs.Outcome:
    """The next subscribers, in the order of their ids."""
    move = VersionMove.objects.select_related("version").get(pk=chunk.params["move_id"])
    rows = subscriptions_on(move.from_ids)
    if chunk.cursor:
        rows = rows.filter(pk__gt=UUID(chunk.cursor))
    found = list(rows[:LOOKED_AT_ONCE])
    accounts = _lock_accounts([row.account_id for row in found])
    lines = [
        _seen(move, one, account=accounts[one.row.account_id], by=chunk.by, at=chunk.at)
        for one in known_subscriptions(found)
    ]
    MoveLine.objects.bulk_create(lines)
    is_over = len(found) < LOOKED_AT_ONCE
    if is_over:
        VersionMove.objects.filter(pk=move.pk).update(looked_at=chunk.at)
    return jobs.Outcome(
        cursor=None if is_over else str(found[-1].pk),
        handled=len(found),
        counts=_counts(lines),
        problems=_problems(lines, accounts=accounts),
        result=jobs.Result(url=f"/operator/plans/moves/{move.pk}/"),
    )


def _lock_accounts(ids: Sequence[UUID]) -> dict[UUID, Account]:
    """All of a chunk before anything of it is billed: who holds one of them never waits for what the chunk holds."""
    rows = Account.objects.select_for_update(no_key=True).filter(id__in=among(ids)).order_by("id")
    return {row.id: row for row in rows}


def _seen(move: VersionMove, one: Known, *, account: Account, by: Actor, at: datetime) -> MoveLine:
    """What moving one subscriber would do."""
    at = account.test_clock_at or at
    starts_at = _starts_at(move, one, at=at)
    line = MoveLine(
        move=move, subscription=one.row, account=account, from_version_id=one.current.version_id,
        currency=one.row.currency, starts_at=starts_at, outcome=MoveOutcome.READY,
        before_minor=cost_of_period(facts=one.facts, terms=one.current.terms, at=at),
    )  # fmt: skip
    try:
        terms = sold_version(version_id=move.version_id, currency=one.row.currency)
        line.after_minor = cost_of_period(facts=one.facts_under(terms), terms=terms.terms, at=at)
        line.difference_minor = line.after_minor - line.before_minor
    except NotPriced as refusal:
        return _stay(line, refusal, outcome=MoveOutcome.BLOCKED)
    try:
        outcome = _change(move, one, by=by, at=at, is_preview=True)
    except Refusal as refusal:
        return _stay(line, refusal, outcome=MoveOutcome.BLOCKED)
    line.fingerprint = outcome.fingerprint
    for document in outcome.documents:
        if document.kind == "invoice":
            line.due_minor += document.total_minor
        else:
            line.credit_minor += document.total_minor
    return line


def _stay(line: MoveLine, refusal: Refusal, *, outcome: MoveOutcome) -> MoveLine:
    line.outcome, line.code, line.text = outcome, refusal.code, refusal.text
    line.facts = to_plain(dict(refusal.facts))
    return line


def _starts_at(move: VersionMove, one: Known, *, at: datetime) -> datetime:
    """When it takes effect for this subscriber, on their own days."""
    if move.when == MoveWhen.NOW:
        return at
    if move.when == MoveWhen.ON:
        assert move.on is not None
        return first_instant(day=move.on, zone=one.zone)
    today = local_day(at=at, zone=one.zone)
    return first_instant(day=one.facts.service.schedule_on(today).whole_period(today)[1], zone=one.zone)


def _change(
    move: VersionMove, one: Known, *, by: Actor, at: datetime, expected: str | None = None, is_preview: bool = False
) -> Outcome:
    """The change of plan of one subscriber. What they have chosen for themselves is never taken back by it."""
    starts_at = _starts_at(move, one, at=at)
    _check_free_to_move(one, starts_at=starts_at)
    return _guarded(
        lambda: change_plan(
            account_id=one.row.account_id,
            subscription_id=one.row.id,
            version_id=move.version_id,
            when=_when(move, starts_at=starts_at),
            unused=cast(Unused, move.unused),
            by=by,
            at=at,
            reason=move.reason,
            expected=expected,
            is_preview=is_preview,
        )
    )


def _when(move: VersionMove, *, starts_at: datetime) -> When | datetime:
    """As a change of plan takes it."""
    if move.when == MoveWhen.ON:
        return starts_at
    return "now" if move.when == MoveWhen.NOW else "period_end"


def _guarded(act: Callable[[], Outcome]) -> Outcome:
    """One subscriber on whom the program fails is left alone with that as the reason; the others go on."""
    try:
        with transaction.atomic():
            return act()
    except Refusal:
        raise
    except Exception as failure:
        logger.exception("A subscription could not be moved.")
        raise MoveFailed(trouble=trouble.describe(failure)) from failure


def _check_free_to_move(one: Known, *, starts_at: datetime) -> None:
    if one.row.status == SubscriptionStatus.PAUSED:
        raise RestsNow()
    if one.row.status == SubscriptionStatus.SCHEDULED:
        raise NotBegunYet()
    last = one.stretches[-1]
    if last.end_on is not None and (
        last.end_cause == "cancel" or last.end_on <= local_day(at=starts_at, zone=one.zone)
    ):
        raise EndsBeforeMove(ends_on=last.end_on)
    planned = next((change for change in one.pending if change.verb == "change_plan"), None)
    if planned is not None:
        raise OtherChangePlanned(due_on=local_day(at=planned.due_at, zone=one.zone))


# --- Moving ---


def confirm_move(
    *, seller_id: UUID, move_id: UUID, line_ids: Sequence[UUID] | None = None, reason: str, by: Actor, at: datetime
) -> VersionMove:
    """Move, as a job, everybody who can be moved, or those of them who were chosen."""
    with transaction.atomic():
        move = VersionMove.objects.select_for_update(of=("self",)).select_related("version__plan").filter(
            pk=move_id, version__plan__seller_id=seller_id
        ).first()  # fmt: skip
        if move is None:
            raise NotFound()
        if move.confirmed_at is not None:
            raise MoveConfirmedAlready()
        if move.looked_at is None:
            raise MoveNotSeen()
        if not reason.strip():
            raise MoveNeedsReason(field="reason")
        ready = MoveLine.objects.filter(move=move, outcome=MoveOutcome.READY)
        chosen = ready if line_ids is None else ready.filter(pk__in=among(line_ids))
        total = chosen.update(outcome=MoveOutcome.CHOSEN)
        if not total:
            raise NobodyChosen()

        move.reason, move.confirmed_at = reason.strip()[:400], at
        move.job_id = _start(MOVE, move=move, by=by, at=at, total=total)
        move.save(update_fields=["reason", "confirmed_at", "job_id"])

        audit.record(
            by=by, verb="plan_version.subscribers_moved", subject_kind="plan_version", subject_id=move.version_id,
            account_id=seller_id, at=at, after={"subscriptions": total, "when": move.when, "on": move.on},
            reason=move.reason,
        )  # fmt: skip
        return move


def move_chunk(chunk: jobs.Chunk) -> jobs.Outcome:
    """The next of those who wait to be moved; whoever was moved waits no more, however often this is done."""
    move = VersionMove.objects.select_related("version").get(pk=chunk.params["move_id"])
    waiting = move.lines.filter(outcome=MoveOutcome.CHOSEN).order_by("id")
    lines = list(waiting[:MOVED_AT_ONCE])
    accounts = _lock_accounts([line.account_id for line in lines])
    rows = Subscription.objects.filter(pk__in=among([line.subscription_id for line in lines]))
    known = {one.row.id: one for one in known_subscriptions(list(rows))}
    for line in lines:
        account = accounts[line.account_id]
        at = account.test_clock_at or chunk.at
        _move(move, line, one=known[line.subscription_id], by=chunk.by, at=at)
        line.save(update_fields=["outcome", "starts_at", "code", "text", "facts"])
    return jobs.Outcome(
        cursor=str(lines[-1].pk) if len(lines) == MOVED_AT_ONCE else None,
        handled=len(lines),
        counts=_counts(lines),
        problems=_problems(lines, accounts=accounts),
        result=jobs.Result(url=f"/operator/plans/moves/{move.pk}/"),
    )


def _move(move: VersionMove, line: MoveLine, *, one: Known, by: Actor, at: datetime) -> None:
    try:
        _change(move, one, by=by, at=at, expected=line.fingerprint)
    except Refusal as refusal:
        _stay(line, refusal, outcome=MoveOutcome.LEFT)
        return
    line.starts_at = _starts_at(move, one, at=at)
    line.outcome = MoveOutcome.MOVED if line.starts_at <= at else MoveOutcome.PLANNED


def _counts(lines: Sequence[MoveLine]) -> dict[str, int]:
    return {name: sum(line.outcome == name for line in lines) for name in {line.outcome for line in lines}}


def _problems(lines: Sequence[MoveLine], *, accounts: dict[UUID, Account]) -> list[jobs.Problem]:
    return [
        jobs.Problem(subject=accounts[line.account_id].name, text=line.text, code=line.code, facts=line.facts)
        for line in lines
        if line.code
    ]
