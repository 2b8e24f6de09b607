"""Subscribers of older versions: who they are, and what moving them comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from invoices.models import MoveLine, MoveOutcome, VersionMove
from plans.models import PlanVersion
from plans.queries.held import counted
from provider.kernel.errors import NotFound
from provider.kernel.models import Job
from provider.kernel.money import Money

LARGEST = 5


def older_versions(version: PlanVersion) -> list[tuple[PlanVersion, int]]:
    """The other versions of the plan that still have subscribers, the newest first, with how many."""
    others = counted(version.plan.versions.exclude(pk=version.pk).order_by("-number"))
    return [(one, count) for one, count in others if count]


def access_move(*, seller_id: UUID, move_id: UUID) -> VersionMove:
    """A move to one of the seller's versions."""
    rows = VersionMove.objects.select_related("version__plan")
    found = rows.filter(version__plan__seller_id=seller_id, pk=move_id).first()
    if found is None:
        raise NotFound()
    return found


def moves_of(version: PlanVersion) -> QuerySet[VersionMove]:
    """The moves to a version, the newest first."""
    return VersionMove.objects.filter(version=version).order_by("-created_at")


def job_of_move(move: VersionMove) -> Job | None:
    """The job that works on it: the one that moves, once it was confirmed, else the one that looks."""
    job_id = move.job_id or move.look_job_id
    return Job.objects.filter(pk=job_id).first() if job_id else None


def lines_of_move(move: VersionMove) -> QuerySet[MoveLine]:
    """Everybody whom it is about."""
    return move.lines.select_related("account", "from_version", "subscription")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTotals:
    """What a move comes to in one currency, for those who can be moved or were."""

    count: int
    before: Money
    after: Money
    difference: Money
    due: Money
    credit: Money
    more: int
    less: int


def totals_of_move(rows: QuerySet[MoveLine]) -> list[MoveTotals]:
    """The totals of those who are not left alone, by currency."""
    moved = rows.exclude(outcome__in=[MoveOutcome.BLOCKED, MoveOutcome.LEFT]).order_by()
    sums = moved.values("currency").annotate(
        number=Count("id"), before=Sum("before_minor"), after=Sum("after_minor"), due=Sum("due_minor"),
        credit=Sum("credit_minor"), more=Count("id", filter=Q(difference_minor__gt=0)),
        less=Count("id", filter=Q(difference_minor__lt=0)),
    )  # fmt: skip
    return [
        MoveTotals(
            count=row["number"],
            before=Money(row["before"], row["currency"]),
            after=Money(row["after"], row["currency"]),
            difference=Money(row["after"] - row["before"], row["currency"]),
            due=Money(row["due"], row["currency"]),
            credit=Money(row["credit"], row["currency"]),
            more=row["more"],
            less=row["less"],
        )
        for row in sorted(sums, key=lambda row: row["currency"])
    ]


def outcomes_of_move(move: VersionMove) -> dict[str, int]:
    """How many have come to what."""
    rows = move.lines.order_by().values("outcome").annotate(number=Count("id"))
    return {row["outcome"]: row["number"] for row in rows}


def largest_of_move(move: VersionMove) -> tuple[Sequence[MoveLine], Sequence[MoveLine]]:
    """Whose price rises most, and whose falls most, of those who can be moved."""
    rows = lines_of_move(move).exclude(outcome__in=[MoveOutcome.BLOCKED, MoveOutcome.LEFT])
    more = rows.filter(difference_minor__gt=0).order_by("-difference_minor", "id")[:LARGEST]
    less = rows.filter(difference_minor__lt=0).order_by("difference_minor", "id")[:LARGEST]
    return list(more), list(less)
