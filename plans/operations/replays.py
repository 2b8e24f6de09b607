"""A version is played again over a month that is past: what would its subscribers have paid? Nothing is billed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from plans.errors import NobodyInGroup, NobodyToReplay, NotPriced, ReplayMonthOpen
from plans.models import PlanVersion, Replay, ReplayLine, Subscription
from plans.queries.catalogue import content_of
from plans.queries.facts import Known, known_subscriptions
from plans.queries.replays import chosen_group, served_within
from plans.queries.terms import Sold, sold_version
from plans.queries.usage import usage_of
from plans.rules.catalogue import digest_of
from plans.rules.group import EVERYBODY, Group, group_of
from plans.rules.replay import Span, cost_within, within
from plans.rules.units import Usage
from provider.kernel import audit, jobs
from provider.kernel.actor import Actor
from provider.kernel.clock import first_instant, local_day
from provider.kernel.errors import NotFound

JOB: Final = "plans.replay_version"
CHUNK: Final = 200


def month_of(day: date) -> Span:
    """The month of a day."""
    start = day.replace(day=1)
    return Span(start, (start + timedelta(days=32)).replace(day=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """The subscribers of a plan in a month: all of them, or a group. `named` are accounts by id, address or name."""

    of_plan_id: UUID
    month_on: date
    group: Group = EVERYBODY
    named: Sequence[str] = ()


def who_is_meant(whom: Whom) -> tuple[Group, int]:
    """The group and how many subscriptions it holds; refused where it holds none."""
    span = month_of(whom.month_on)
    group = chosen_group(
        plan_id=whom.of_plan_id, start=span.start, end=span.end, group=whom.group, named=whom.named
    )  # fmt: skip
    count = served_within(plan_id=whom.of_plan_id, start=span.start, end=span.end, group=group).count()
    if not count:
        raise NobodyToReplay(field="of_plan") if group.is_everybody else NobodyInGroup()
    return group, count


def start_replay(*, version_id: UUID, whom: Whom, by: Actor, at: datetime) -> Replay:
    """Play a version over a month of the subscribers of a plan, or of a group of them, as a job."""
    with transaction.atomic():
        version = PlanVersion.objects.select_related("plan__seller").filter(pk=version_id).first()
        if version is None:
            raise NotFound()
        span = month_of(whom.month_on)
        if span.end > local_day(at=at, zone=ZoneInfo(version.plan.seller.time_zone)):
            raise ReplayMonthOpen(field="month")
        group, total = who_is_meant(whom)

        made = Replay.objects.create(
            version=version, version_digest=digest_of(content_of(version)), of_plan_id=whom.of_plan_id,
            month_on=span.start, group=group.plain() or None, held_count=total, created_at=at,
        )  # fmt: skip
        params = {"replay_id": str(made.id)}
        seller_id = version.plan.seller_id
        made.job_id = jobs.start(kind=JOB, params=params, by=by, at=at, account_id=seller_id, total=total).id
        made.save(update_fields=["job_id"])

        audit.record(
            by=by, verb="plan_version.replayed", subject_kind="plan_version", subject_id=version.id,
            account_id=seller_id, at=at,
            after={"month": span.start.isoformat(), "subscriptions": total},
        )  # fmt: skip
        return made


def replay_chunk(chunk: jobs.Chunk) -> jobs.Outcome:
    """The next subscriptions, in the order of their ids."""
    made = Replay.objects.select_related("version").filter(pk=chunk.params["replay_id"]).first()
    if made is None:  # the draft was thrown away, and its replays with it
        return jobs.Outcome(cursor=None)
    span = month_of(made.month_on)
    rows = served_within(plan_id=made.of_plan_id, start=span.start, end=span.end, group=group_of(made.group or {}))
    if chunk.cursor:
        rows = rows.filter(pk__gt=UUID(chunk.cursor))
    found = list(rows[:CHUNK])
    lines = list(_lines(made, rows=found, span=span))
    ReplayLine.objects.bulk_create(lines)
    skipped = len(found) - len(lines)
    if skipped:
        Replay.objects.filter(pk=made.pk).update(skipped_count=made.skipped_count + skipped)
    return jobs.Outcome(
        cursor=str(found[-1].pk) if len(found) == CHUNK else None,
        handled=len(found),
        counts={"replayed": len(lines), "skipped": skipped},
        result=jobs.Result(url=f"/operator/plans/replays/{made.pk}/"),
    )


def _lines(made: Replay, *, rows: Sequence[Subscription], span: Span) -> Iterator[ReplayLine]:
    known = known_subscriptions(rows)
    usage = usage_of(
        since={one.row.id: first_instant(day=span.start, zone=one.zone) for one in known},
        zones={one.row.id: one.zone for one in known},
    )
    drafts: dict[str, Sold | None] = {}
    for one in known:
        currency = one.row.currency
        if currency not in drafts:
            drafts[currency] = _priced(made.version, currency)
        if (draft := drafts[currency]) is not None:
            yield _line(made, one, draft=draft, usage=usage[one.row.id], span=span)


def _priced(version: PlanVersion, currency: str) -> Sold | None:
    try:
        return sold_version(version_id=version.pk, currency=currency)
    except NotPriced:
        return None


def _line(made: Replay, one: Known, *, draft: Sold, usage: Usage, span: Span) -> ReplayLine:
    stretches = within(one.facts.service.stretches, span, zone=one.zone)
    before, after = {}, {}
    if stretches:
        plans = {name: terms for name, terms in one.facts.plans.items() if any(s.plan == name for s in stretches)}
        before = cost_within(facts=one.facts, plans=plans, stretches=stretches, usage=usage, span=span)
        moved = [replace(stretch, plan=draft.terms.name) for stretch in stretches]
        after = cost_within(
            facts=one.facts, plans={draft.terms.name: draft.terms}, stretches=moved, usage=usage, span=span
        )
    paid, would = sum(before.values()), sum(after.values())
    return ReplayLine(
        replay=made,
        subscription=one.row,
        account_id=one.row.account_id,
        currency=one.row.currency,
        before_minor=paid,
        after_minor=would,
        difference_minor=would - paid,
        parts={"before": before, "after": after},
    )
