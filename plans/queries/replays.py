"""Replays: whom they are about, and what they came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from plans.models import PlanVersion, Replay, ReplayLine, Stretch, Subscription
from plans.rules.group import EVERYBODY, Group
from provider.kernel.errors import NotFound
from provider.kernel.models import Job
from provider.kernel.money import Money

from .groups import accounts_named, in_group

LARGEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a replay comes to in one currency."""

    before: Money
    after: Money
    difference: Money
    count: int
    more: int
    less: int


def access_replay(*, seller_id: UUID, replay_id: UUID) -> Replay:
    """A replay of one of the seller's versions."""
    rows = Replay.objects.select_related("version__plan", "of_plan")
    found = rows.filter(version__plan__seller_id=seller_id, pk=replay_id).first()
    if found is None:
        raise NotFound()
    return found


def replays_of(version: PlanVersion) -> QuerySet[Replay]:
    """Those of a version, newest first."""
    return version.replays.select_related("of_plan").order_by("-created_at")


def job_of(replay: Replay) -> Job | None:
    """The job that plays it."""
    return Job.objects.filter(pk=replay.job_id).first() if replay.job_id else None


def served_within(*, plan_id: UUID, start: date, end: date, group: Group = EVERYBODY) -> QuerySet[Subscription]:
    """The subscriptions that a plan served on some day of [start, end), in the order of their ids; or a group of them.

    With versions chosen, those that had one of them on such a day.
    """
    served = Stretch.objects.filter(Q(end_on=None) | Q(end_on__gt=start), version__plan_id=plan_id, start_on__lt=end)
    if group.version_ids:
        served = served.filter(version_id__in=group.version_ids)
    rows = Subscription.objects.filter(pk__in=served.values("subscription_id")).order_by("pk")
    return in_group(rows, group, end=end)


def chosen_group(*, plan_id: UUID, start: date, end: date, group: Group, named: Sequence[str]) -> Group:
    """The group with the accounts that were named, and nothing left in it that means everybody."""
    versions = set(group.version_ids)
    if PlanVersion.objects.filter(plan_id=plan_id, pk__in=versions).count() != len(versions):
        raise NotFound()
    if versions.issuperset(one.pk for one in versions_served([plan_id])):
        versions = set()
    ids = accounts_named(named, served=served_within(plan_id=plan_id, start=start, end=end))
    return replace(group, account_ids=ids, version_ids=tuple(sorted(versions)))


def versions_served(plan_ids: Sequence[UUID]) -> list[PlanVersion]:
    """The versions of these plans that ever had a subscriber, the newest first."""
    had = Stretch.objects.filter(version=OuterRef("pk"))
    return list(PlanVersion.objects.filter(Exists(had), plan_id__in=plan_ids).order_by("-number"))


def lines_of(replay: Replay) -> QuerySet[ReplayLine]:
    """All lines with their accounts."""
    return replay.lines.select_related("account", "subscription")


def largest_of(replay: Replay) -> tuple[Sequence[ReplayLine], Sequence[ReplayLine]]:
    """The ten who would have paid most more, and the ten who would have paid most less."""
    rows = lines_of(replay)
    more = rows.filter(difference_minor__gt=0).order_by("-difference_minor", "id")[:LARGEST]
    less = rows.filter(difference_minor__lt=0).order_by("difference_minor", "id")[:LARGEST]
    return list(more), list(less)


def totals_of(replay: Replay) -> list[Totals]:
    """The totals, by currency."""
    rows = replay.lines.order_by().values("currency").annotate(
        before=Sum("before_minor"), after=Sum("after_minor"), number=Count("id"),
        more=Count("id", filter=Q(difference_minor__gt=0)), less=Count("id", filter=Q(difference_minor__lt=0)),
    )  # fmt: skip
    return [
        Totals(
            before=Money(row["before"], row["currency"]),
            after=Money(row["after"], row["currency"]),
            difference=Money(row["after"] - row["before"], row["currency"]),
            count=row["number"],
            more=row["more"],
            less=row["less"],
        )
        for row in sorted(rows, key=lambda row: row["currency"])
    ]
