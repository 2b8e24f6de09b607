"""Plans made by machines: described, drafted, published behind their stories, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import Field

from plans.models import Plan, PlanVersion
from plans.operations import catalogue
from plans.operations.catalogue import PlanDetails
from plans.queries.catalogue import access_plan, access_version, seller_of_key
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, NotFound
from provider.kernel.machine_doors import Given, scope

from .catalogue import PlanWithVersions, VersionWithContent, read_plan, read_plan_version, router

__all__ = ["router"]  # the catalogue’s: an address that is read and written has one router
Name = Annotated[str, Field(max_length=80)]
Summary = Annotated[str, Field(max_length=200)]


class PlanFacts(Given):
    """What a plan is called, and to whom it is shown."""

    name: Annotated[Name, Field(min_length=1, examples=["Standard"])]
    name_hans: Annotated[Name, Field(description=N_("In simplified Chinese."), examples=["标准版"])] = ""
    name_hant: Annotated[Name, Field(description=N_("In traditional Chinese."), examples=["標準版"])] = ""
    summary: Annotated[Summary, Field(description=N_("One sentence for the price page."))] = ""
    summary_hans: Annotated[Summary, Field(description=N_("In simplified Chinese."))] = ""
    summary_hant: Annotated[Summary, Field(description=N_("In traditional Chinese."))] = ""
    is_main: Annotated[bool, Field(description=N_("Whether it opens the CRM; else it is an add-on."))] = True
    is_offered: Annotated[bool, Field(description=N_("Whether new subscribers see it."))] = True
    position: Annotated[int, Field(ge=0, le=999, description=N_("In the list: 0 comes first."), examples=[100])] = 100

    def details(self) -> PlanDetails:
        """As the catalogue takes it."""
        return PlanDetails(
            names=(self.name, self.name_hans, self.name_hant),
            summaries=(self.summary, self.summary_hans, self.summary_hant),
            grants_crm=self.is_main,
            is_offered=self.is_offered,
            position=self.position,
        )


class PlanAsked(PlanFacts):
    """Something new to sell."""

    code: Annotated[str, Field(max_length=64, description=N_("For machines, for good."), examples=["standard"])]


class ArchiveAsked(Given):
    """Out of the lists, or back into them."""

    is_archived: bool = True


class DraftAsked(Given):
    """With what the next version begins."""

    copy_of: Annotated[
        UUID | None, Field(description=N_("A version of the plan; left out, a copy of the one on sale."))
    ] = None


class ReasonAsked(Given):
    """Why."""

    reason: Annotated[str, Field(max_length=400, description=N_("It stands in the history."))] = ""


# --- Plans ---


@router.post(
    "/plans",
    response={201: PlanWithVersions},
    operation_id="create_plan",
    summary=N_("Make a plan"),
    description=N_(
        "With an empty draft of its first version: change its terms, add charges, then publish it. A code is used once "
        "(409 `plan_code_taken`)."
    ),
)
@scope("plans:make")
def create_one_plan(request: HttpRequest, asked: PlanAsked) -> Status[PlanWithVersions]:
    by = actor_of(request)
    made = catalogue.create_plan(
        seller_id=seller_of_key(by), code=asked.code, details=asked.details(), by=by, at=clock.now()
    )
    return Status(201, read_plan(request, plan_id=made.id))


@router.post(
    "/plans/{plan_id}/change",
    response=PlanWithVersions,
    operation_id="describe_plan",
    summary=N_("Describe a plan otherwise"),
    description=N_("Its names and to whom it is shown, at once, whoever is on it."),
)
@scope("plans:make")
def describe_one_plan(request: HttpRequest, plan_id: UUID, asked: PlanFacts) -> PlanWithVersions:
    by = actor_of(request)
    plan = _own(by, plan_id)
    catalogue.describe_plan(plan_id=plan.id, details=asked.details(), by=by, at=clock.now())
    return read_plan(request, plan_id=plan.id)


@router.post(
    "/plans/{plan_id}/archive",
    response=PlanWithVersions,
    operation_id="archive_plan",
    summary=N_("Archive a plan, or put it back"),
    description=N_("An archived plan is offered to nobody. Whoever is on it stays on it."),
)
@scope("plans:make")
def archive_one_plan(request: HttpRequest, plan_id: UUID, asked: ArchiveAsked) -> PlanWithVersions:
    by = actor_of(request)
    plan = _own(by, plan_id)
    catalogue.archive_plan(plan_id=plan.id, is_archived=asked.is_archived, by=by, at=clock.now())
    return read_plan(request, plan_id=plan.id)


def _own(by: Actor, plan_id: UUID) -> Plan:
    return access_plan(seller_id=seller_of_key(by), plan_id=plan_id)


# --- Versions ---


@router.post(
    "/plans/{plan_id}/draft",
    response={201: VersionWithContent},
    operation_id="draft_version",
    summary=N_("Draft the next version"),
    description=N_("A copy that can be changed until it is published; a plan has one draft (409 `draft_exists`)."),
)
@scope("plans:make")
def draft_one_version(request: HttpRequest, plan_id: UUID, asked: DraftAsked) -> Status[VersionWithContent]:
    by = actor_of(request)
    plan = _own(by, plan_id)
    if asked.copy_of is not None and not plan.versions.filter(pk=asked.copy_of).exists():
        raise NotFound()
    draft = catalogue.draft_version(plan_id=plan.id, copy_of=asked.copy_of, by=by, at=clock.now())
    return Status(201, read_plan_version(request, version_id=draft.id))


@router.post(
    "/plan-versions/{version_id}/discard",
    response=PlanWithVersions,
    operation_id="discard_draft",
    summary=N_("Throw a draft away"),
    description=N_("The first version of a plan is emptied instead. What was published stays (409 `not_a_draft`)."),
)
@scope("plans:make")
def discard_one_draft(request: HttpRequest, version_id: UUID) -> PlanWithVersions:
    by = actor_of(request)
    version = access_version(seller_id=seller_of_key(by), version_id=version_id)
    catalogue.discard_draft(version_id=version.id, by=by, at=clock.now())
    return read_plan(request, plan_id=version.plan.id)


@router.post(
    "/plan-versions/{version_id}/publish",
    response=VersionWithContent,
    operation_id="publish_version",
    summary=N_("Publish a draft"),
    description=N_(
        "From now on new subscribers get it, and it never changes. Refused while something is missing (`missing` of "
        "the version says what), while a story of the plan has not passed with it (409 `stories_fail`), and where it "
        "says the same as what is on sale (409 `nothing_new`)."
    ),
)
@scope("plans:make")
def publish_one_version(request: HttpRequest, version_id: UUID) -> VersionWithContent:
    by = actor_of(request)
    version = access_version(seller_id=seller_of_key(by), version_id=version_id)
    catalogue.publish_version(version_id=version.id, by=by, at=clock.now())
    return read_plan_version(request, version_id=version.id)


@router.post(
    "/plan-versions/{version_id}/withdraw",
    response=VersionWithContent,
    operation_id="withdraw_version",
    summary=N_("Withdraw a version"),
    description=N_("It is sold no more. Whoever has it keeps it, at its prices."),
)
@scope("plans:make")
def withdraw_one_version(request: HttpRequest, version_id: UUID, asked: ReasonAsked) -> VersionWithContent:
    return _moved(request, version_id=version_id, verb=catalogue.withdraw_version, reason=asked.reason)


@router.post(
    "/plan-versions/{version_id}/offer-again",
    response=VersionWithContent,
    operation_id="offer_version_again",
    summary=N_("Sell a withdrawn version again"),
    description=N_("In the place of the one on sale."),
)
@scope("plans:make")
def offer_one_version_again(request: HttpRequest, version_id: UUID, asked: ReasonAsked) -> VersionWithContent:
    return _moved(request, version_id=version_id, verb=catalogue.offer_version_again, reason=asked.reason)


def _moved(
    request: HttpRequest, *, version_id: UUID, verb: Callable[..., PlanVersion], reason: str
) -> VersionWithContent:
    by = actor_of(request)
    version = access_version(seller_id=seller_of_key(by), version_id=version_id)
    verb(version_id=version.id, reason=reason, by=by, at=clock.now())
    return read_plan_version(request, version_id=version.id)
