"""What the lists of plans and versions show, put together from what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from plans.models import Plan, PlanVersion, VersionStatus
from plans.rules.catalogue import Difference, Version, differences_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan in the list."""

    plan: Plan
    draft: PlanVersion | None
    on_sale: PlanVersion | None
    subscriber_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A version in the history of its plan, and how it differs from the one before it."""

    version: PlanVersion
    before: PlanVersion | None
    subscriber_count: int
    differences: Sequence[Difference]


def plan_rows(plans: Sequence[Plan], *, on_version: Mapping[UUID, int]) -> list[PlanRow]:
    """The plans, with their draft, what is on sale, and how many are on any version."""
    return [
        PlanRow(
            plan=plan,
            draft=_first(plan, VersionStatus.DRAFT),
            on_sale=_first(plan, VersionStatus.PUBLISHED),
            subscriber_count=sum(on_version.get(version.pk, 0) for version in plan.versions.all()),
        )
        for plan in plans
    ]


def _first(plan: Plan, status: str) -> PlanVersion | None:
    return next((version for version in plan.versions.all() if version.status == status), None)


def version_rows(
    versions: Sequence[PlanVersion], contents: Mapping[UUID, Version], *, on_version: Mapping[UUID, int]
) -> list[VersionRow]:
    """The versions, newest first."""
    befores: list[PlanVersion | None] = [*versions[1:], None]
    return [
        VersionRow(
            version=version,
            before=before,
            subscriber_count=on_version.get(version.pk, 0),
            differences=differences_of(contents[before.pk], contents[version.pk]) if before else [],
        )
        for version, before in zip(versions, befores, strict=False)
    ]
