"""Replays, for machines: a version played over a past month of a plan's subscribers, with nothing billed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import BaseModel, Field

from plans.models import Replay, ReplayLine
from plans.operations.replays import Whom, start_replay
from plans.queries.catalogue import access_plan, access_version, content_of, seller_of_key
from plans.queries.groups import MOST_NAMED
from plans.queries.replays import Totals, access_replay, job_of, lines_of, replays_of, totals_of
from plans.rules.catalogue import digest_of
from plans.rules.group import Group, group_of
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Day, Given, Page, PageAsked, page_of, scope
from provider.kernel.money import to_decimal

router = Router(tags=["Plans"])


class GroupChosen(BaseModel):
    """Of the subscribers those who fit all that is given."""

    version_ids: Annotated[
        list[UUID],
        Field(max_length=1000, description=N_("Whoever had one of these versions of the plan in the month.")),
    ] = []
    region: Annotated[str, Field(max_length=32, description=N_("The code of a region."), examples=["shanghai"])] = ""
    currency: Annotated[str, Field(max_length=3, examples=["CNY"])] = ""
    brand_id: Annotated[UUID | None, Field(description=N_("In whose name they are served."))] = None
    reseller_id: Annotated[UUID | None, Field(description=N_("Through whom they come."))] = None
    seats: Annotated[
        int, Field(ge=0, le=2_000_000_000, description=N_("At least so many when the month ended."), examples=[3])
    ] = 0
    records: Annotated[
        int, Field(ge=0, le=2_000_000_000, description=N_("At least so many when the month ended."), examples=[500])
    ] = 0


class GroupAsked(GroupChosen, Given):
    """A group of the subscribers. With nothing given it is everybody."""

    accounts: Annotated[
        list[Annotated[str, Field(max_length=320)]],
        Field(
            max_length=MOST_NAMED,
            description=N_(
                "Accounts by id, e-mail address, name or a part of it. One that the plan did not serve is refused "
                "(422 `accounts_not_served`), and so is one that fits several (422 `accounts_unclear`)."
            ),
            examples=[["hengtai@example.com"]],
        ),
    ] = []

    def group(self) -> Group:
        """As the operation takes it."""
        given = self.model_dump(exclude={"accounts", "version_ids"})
        return Group(version_ids=tuple(self.version_ids), **given)


class GroupShown(GroupChosen, Answer):
    """The group, with the accounts that were named."""

    account_ids: list[UUID]

    @classmethod
    def of(cls, group: Group) -> GroupShown:
        return cls(**asdict(group))


class ReplayAsked(Given):
    """Over which month, and over whose subscribers."""

    month: Annotated[Day, Field(description=N_("A day of the month, which is over."), examples=["2026-10-01"])]
    plan_id: Annotated[
        UUID | None, Field(description=N_("Whose subscribers; left out, those of the version’s own plan."))
    ] = None
    group: Annotated[GroupAsked | None, Field(description=N_("Who of them; left out, everybody."))] = None

    def whom(self, *, of_plan_id: UUID) -> Whom:
        """As the operation takes it."""
        asked = self.group or GroupAsked()
        return Whom(of_plan_id=of_plan_id, month_on=self.month, group=asked.group(), named=asked.accounts)


class ReplayTotals(Answer):
    """What a replay comes to in one currency. Amounts are before discounts and tax."""

    currency: Annotated[str, Field(examples=["CNY"])]
    count: Annotated[int, Field(description=N_("How many subscriptions."), examples=[120])]
    before: Annotated[str, Field(description=N_("By the terms that they had."), examples=["11760.00"])]
    after: Annotated[str, Field(description=N_("By the version that was played."), examples=["12054.00"])]
    difference: Annotated[str, Field(examples=["294.00"])]
    more: Annotated[int, Field(description=N_("How many would have paid more."), examples=[98])]
    less: Annotated[int, Field(description=N_("How many would have paid less."), examples=[4])]

    @classmethod
    def of(cls, totals: Totals) -> ReplayTotals:
        return cls(
            currency=totals.before.currency,
            count=totals.count,
            before=str(totals.before.amount),
            after=str(totals.after.amount),
            difference=str(totals.difference.amount),
            more=totals.more,
            less=totals.less,
        )


class ReplayListed(Answer):
    """A replay: over which month, and of whom."""

    id: UUID
    version_id: UUID
    plan_id: Annotated[UUID, Field(description=N_("Whose subscribers were meant."))]
    month: Annotated[date, Field(description=N_("The first day of the month."))]
    job_id: Annotated[UUID | None, Field(description=N_("Of the job that plays it."))]
    group: Annotated[GroupShown | None, Field(description=N_("Who of them; null: everybody."))]
    held: Annotated[int | None, Field(description=N_("How many subscriptions that were."), examples=[120])]
    skipped: Annotated[int, Field(description=N_("In whose currency the version has no price."))]
    created_at: datetime

    @classmethod
    def of(cls, replay: Replay) -> ReplayListed:
        return cls(**_facts(replay))


class ReplayShown(ReplayListed):
    """The same with how far it has come, and what it comes to so far."""

    status: Annotated[
        str, Field(description=N_("`queued`, `running`, `done`, `failed` or `cancelled`."), examples=["done"])
    ]
    handled: Annotated[int, Field(description=N_("How many subscriptions were compared."), examples=[120])]
    total: Annotated[int | None, Field(examples=[120])]
    is_outdated: Annotated[bool, Field(description=N_("The draft has been changed since."))]
    totals: list[ReplayTotals]

    @classmethod
    def of(cls, replay: Replay) -> ReplayShown:
        job, totals = job_of(replay), totals_of(replay)
        return cls(
            **_facts(replay),
            status=job.status if job else "done",
            handled=job.handled if job else sum(one.count for one in totals),
            total=job.total if job else None,
            is_outdated=replay.version_digest != digest_of(content_of(replay.version)),
            totals=[ReplayTotals.of(one) for one in totals],
        )


def _facts(replay: Replay) -> dict[str, Any]:
    return {
        "id": replay.id,
        "version_id": replay.version_id,
        "plan_id": replay.of_plan_id,
        "month": replay.month_on,
        "job_id": replay.job_id,
        "group": GroupShown.of(group_of(replay.group)) if replay.group else None,
        "held": replay.held_count,
        "skipped": replay.skipped_count,
        "created_at": replay.created_at,
    }


class ReplayLineShown(Answer):
    """One subscription in the month: what it cost, and what it would have cost."""

    subscription_id: UUID
    account_id: UUID
    account: Annotated[str, Field(examples=["Hengtai Trading"])]
    currency: Annotated[str, Field(examples=["CNY"])]
    before: Annotated[str, Field(examples=["98.00"])]
    after: Annotated[str, Field(examples=["108.00"])]
    difference: Annotated[str, Field(examples=["10.00"])]
    charges: Annotated[
        dict[str, tuple[str, str]],
        Field(description=N_("By charge: before and after."), examples=[{"base": ["98.00", "108.00"]}]),
    ]

    @classmethod
    def of(cls, line: ReplayLine) -> ReplayLineShown:
        def amount(minor: int) -> str:
            return str(to_decimal(minor=minor, currency=line.currency))

        before, after = line.parts["before"], line.parts["after"]
        return cls(
            subscription_id=line.subscription_id,
            account_id=line.account_id,
            account=line.account.name,
            currency=line.currency,
            before=amount(line.before_minor),
            after=amount(line.after_minor),
            difference=amount(line.difference_minor),
            charges={
                code: (amount(before.get(code, 0)), amount(after.get(code, 0))) for code in sorted({*before, *after})
            },
        )


@router.get(
    "/plan-versions/{version_id}/replays",
    response=Page[ReplayListed],
    operation_id="list_replays",
    summary=N_("List the replays of a version"),
    description=N_("Newest first; for the provider. How far one has come is read of each."),
)
@scope("plans:read")
def list_replays(
    request: HttpRequest, response: HttpResponse, version_id: UUID, asked: Query[PageAsked]
) -> dict[str, Any]:
    version = access_version(seller_id=seller_of_key(actor_of(request)), version_id=version_id)
    return page_of(
        replays_of(version), request=request, response=response, asked=asked, order=("-created_at", "-id"),
        shape=ReplayListed.of,
    )  # fmt: skip


@router.post(
    "/plan-versions/{version_id}/replays",
    response={201: ReplayShown},
    operation_id="start_replay",
    summary=N_("Replay a version over a month"),
    description=N_(
        "Has what every subscriber, or a group of them, used and bought in a past month priced by this version, as a "
        "job; nothing is billed. Ask for the replay until its status is `done`. A group that holds nobody is refused "
        "(409 `nobody_in_group`)."
    ),
)
@scope("plans:write")
def start_one_replay(request: HttpRequest, version_id: UUID, asked: ReplayAsked) -> Status[ReplayShown]:
    by = actor_of(request)
    seller_id = seller_of_key(by)
    version = access_version(seller_id=seller_id, version_id=version_id)
    plan = access_plan(seller_id=seller_id, plan_id=asked.plan_id or version.plan_id)
    made = start_replay(version_id=version.id, whom=asked.whom(of_plan_id=plan.id), by=by, at=clock.now())
    return Status(201, ReplayShown.of(made))


@router.get(
    "/replays/{replay_id}",
    response=ReplayShown,
    operation_id="read_replay",
    summary=N_("Read a replay"),
    description=N_("How far it has come, and what it comes to by currency."),
)
@scope("plans:read")
def read_replay(request: HttpRequest, replay_id: UUID) -> ReplayShown:
    return ReplayShown.of(access_replay(seller_id=seller_of_key(actor_of(request)), replay_id=replay_id))


@router.get(
    "/replays/{replay_id}/lines",
    response=Page[ReplayLineShown],
    operation_id="list_replay_lines",
    summary=N_("List the subscriptions of a replay"),
    description=N_("Who would have paid most more comes first."),
)
@scope("plans:read")
def list_replay_lines(
    request: HttpRequest, response: HttpResponse, replay_id: UUID, asked: Query[PageAsked]
) -> dict[str, Any]:
    replay = access_replay(seller_id=seller_of_key(actor_of(request)), replay_id=replay_id)
    return page_of(
        lines_of(replay), request=request, response=response, asked=asked, order=("-difference_minor", "-id"),
        shape=ReplayLineShown.of,
    )  # fmt: skip
