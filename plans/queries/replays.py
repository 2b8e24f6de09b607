"""Replays: whom they are about, and what they came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from plans.models import PlanVersion, Replay, ReplayLine, Stretch, Subscription
from provider.kernel.errors import NotFound
from provider.kernel.models import Job
from provider.kernel.money import Money

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


def served_within(*, plan_id: UUID, start: date, end: date) -> QuerySet[Subscription]:
    """The subscriptions that a plan served on some day of [start, end), in the order of their ids."""
    served = Stretch.objects.filter(Q(end_on=None) | Q(end_on__gt=start), version__plan_id=plan_id, start_on__lt=end)
    return Subscription.objects.filter(pk__in=served.values("subscription_id")).order_by("pk")


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
