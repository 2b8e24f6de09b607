"""What is sold, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from plans.models import Plan, PlanVersion, VersionStatus
from plans.queries.catalogue import (
    access_plan_by_key,
    access_version_by_key,
    content_of,
    plans_open_to_key,
    version_on_sale,
    versions_open_to_key,
)
from plans.queries.stories import obstacles
from plans.rules.catalogue.content import Version, plain_of
from provider.accounts.rules.defaults import CURRENCIES
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Page, PageAsked, page_of, scope
from provider.kernel.wording import say

router = Router(tags=["Plans"])


class PlanShown(Answer):
    """What a customer chooses. Its names in Chinese are empty where the English one is used."""

    id: UUID
    code: Annotated[str, Field(examples=["standard"])]
    name: Annotated[str, Field(examples=["Standard"])]
    name_hans: str
    name_hant: str
    summary: str
    is_main: Annotated[bool, Field(description=N_("Whether it opens the CRM; else it is an add-on."))]
    is_offered: Annotated[bool, Field(description=N_("Whether new subscribers see it."))]
    archived_at: datetime | None
    version_on_sale: Annotated[
        UUID | None, Field(description=N_("The version that a new subscriber gets; null if none is on sale."))
    ]

    @classmethod
    def of(cls, plan: Plan) -> PlanShown:
        return cls(**_facts(plan))


class VersionShown(Answer):
    """The terms of a plan as they were published, or a draft of the next ones."""

    id: UUID
    plan_id: UUID
    number: Annotated[int, Field(examples=[3])]
    status: Annotated[str, Field(description=N_("`draft`, `published` or `withdrawn`."), examples=["published"])]
    currencies: Annotated[list[str], Field(examples=[["CNY", "TWD"]])]
    published_at: datetime | None
    note: str

    @classmethod
    def of(cls, version: PlanVersion) -> VersionShown:
        return cls(**_version_facts(version))


class PlanWithVersions(PlanShown):
    """A plan with its versions, the newest first."""

    versions: list[VersionShown]


class ObstacleShown(Answer):
    """Something that keeps a draft from being published."""

    code: Annotated[str, Field(description=N_("As publishing would be refused."), examples=["price_missing"])]
    detail: Annotated[str, Field(description=N_("What to do, in your language."))]


class VersionWithContent(VersionShown):
    """A version with everything that it says."""

    plan: Annotated[str, Field(description=N_("The code of the plan."), examples=["standard"])]
    content: Annotated[
        dict[str, Any],
        Field(
            description=N_(
                "Interval, trial, charges with their prices per currency in major units, minimums, and what is allowed."
            ),
            examples=[{"interval": {"months": 1}, "trial_days": 14, "charges": []}],
        ),
    ]
    missing: Annotated[
        list[ObstacleShown],
        Field(description=N_("What a draft lacks before it can be published, stories that have not passed included.")),
    ]


def _facts(plan: Plan) -> dict[str, Any]:
    on_sale = None if plan.archived_at else version_on_sale(plan)
    return {
        "id": plan.id,
        "code": plan.code,
        "name": plan.name,
        "name_hans": plan.name_hans,
        "name_hant": plan.name_hant,
        "summary": plan.summary,
        "is_main": plan.grants_crm,
        "is_offered": plan.is_offered,
        "archived_at": plan.archived_at,
        "version_on_sale": on_sale.id if on_sale else None,
    }


def _version_facts(version: PlanVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        "plan_id": version.plan_id,
        "number": version.number,
        "status": version.status,
        "currencies": version.currencies,
        "published_at": version.published_at,
        "note": version.note,
    }


@router.get(
    "/plans",
    response=Page[PlanShown],
    operation_id="list_plans",
    summary=N_("List plans"),
    description=N_("In the order of their codes. The provider's key reads all plans, a subscriber's those on offer."),
)
@scope("plans:read")
def list_plans(request: HttpRequest, response: HttpResponse, asked: Query[PageAsked]) -> dict[str, Any]:
    rows = plans_open_to_key(actor_of(request))
    return page_of(rows, request=request, response=response, asked=asked, order=("code", "id"), shape=PlanShown.of)


@router.get(
    "/plans/{plan_id}",
    response=PlanWithVersions,
    operation_id="read_plan",
    summary=N_("Read a plan"),
    description=N_("One plan with its versions. Drafts are shown to the provider only."),
)
@scope("plans:read")
def read_plan(request: HttpRequest, plan_id: UUID) -> PlanWithVersions:
    by = actor_of(request)
    plan = access_plan_by_key(by=by, plan_id=plan_id)
    versions = [VersionShown.of(version) for version in versions_open_to_key(by).filter(plan=plan)]
    return PlanWithVersions(**_facts(plan), versions=versions)


@router.get(
    "/plan-versions/{version_id}",
    response=VersionWithContent,
    operation_id="read_plan_version",
    summary=N_("Read a version of a plan"),
    description=N_("Everything that one version says. What was published never changes, so it may be kept."),
)
@scope("plans:read")
def read_plan_version(request: HttpRequest, version_id: UUID) -> VersionWithContent:
    version = access_version_by_key(by=actor_of(request), version_id=version_id)
    content = content_of(version)
    return VersionWithContent(
        **_version_facts(version),
        plan=version.plan.code,
        content=plain_of(content),
        missing=_obstacles(version, content=content),
    )


def _obstacles(version: PlanVersion, *, content: Version) -> list[ObstacleShown]:
    if version.status != VersionStatus.DRAFT:
        return []
    found = obstacles(version, content=content, currencies=CURRENCIES)
    return [ObstacleShown(code=one.code, detail=say(one)) for one in found]
