"""Subscribers who move to a newer version, for machines: seen first, then confirmed, as on the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Query, Router, Status
from pydantic import Field

from invoices.models import MoveLine, MoveOutcome, VersionMove
from invoices.operations.moves import MoveWish, confirm_move, look_at_move
from invoices.queries.moves import (
    MoveTotals,
    access_move,
    job_of_move,
    lines_of_move,
    moves_of,
    outcomes_of_move,
    totals_of_move,
)
from plans.queries.catalogue import access_version, seller_of_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Day, Given, Page, PageAsked, page_of, scope
from provider.kernel.models import Job
from provider.kernel.money import to_decimal

router = Router(tags=["Subscriptions"])
Step = Literal["looking", "seen", "moving", "done", "failed", "cancelled"]


class MoveAsked(Given):
    """Whose subscribers would move, and when."""

    from_version_ids: Annotated[
        list[UUID],
        Field(min_length=1, max_length=1000, description=N_("Versions of the same plan that they have now.")),
    ]
    when: Annotated[
        Literal["now", "period_end", "on"],
        Field(description=N_("At once, when the period of each ends, or on a day.")),
    ] = "period_end"
    on: Annotated[Day | None, Field(description=N_("With `on`: the first day, in the time zone of each."))] = None
    unused: Annotated[
        Literal["credit", "refund", "none"], Field(description=N_("What becomes of time that was billed."))
    ] = "credit"


class MoveConfirmAsked(Given):
    """Why they move, and who of them."""

    reason: Annotated[str, Field(max_length=400, description=N_("It stands in the history of each."))]
    line_ids: Annotated[
        list[UUID] | None,
        Field(max_length=100_000, description=N_("Lines that can move; left out, everybody who can.")),
    ] = None


class MoveTotalsShown(Answer):
    """What the move comes to in one currency, for those who can move or have moved. Prices are of a whole period."""

    currency: Annotated[str, Field(examples=["CNY"])]
    count: Annotated[int, Field(examples=[120])]
    before: Annotated[str, Field(examples=["11760.00"])]
    after: Annotated[str, Field(examples=["12054.00"])]
    difference: Annotated[str, Field(examples=["294.00"])]
    billed_at_once: Annotated[str, Field(description=N_("With tax."), examples=["0.00"])]
    given_back_at_once: Annotated[str, Field(description=N_("With tax."), examples=["0.00"])]
    more: Annotated[int, Field(description=N_("For how many it is dearer."), examples=[98])]
    less: Annotated[int, Field(description=N_("For how many it is cheaper."), examples=[4])]

    @classmethod
    def of(cls, totals: MoveTotals) -> MoveTotalsShown:
        return cls(
            currency=totals.before.currency,
            count=totals.count,
            before=str(totals.before.amount),
            after=str(totals.after.amount),
            difference=str(totals.difference.amount),
            billed_at_once=str(totals.due.amount),
            given_back_at_once=str(totals.credit.amount),
            more=totals.more,
            less=totals.less,
        )


class MoveListed(Answer):
    """A move to a version: what was wished."""

    id: UUID
    version_id: UUID
    from_version_ids: list[UUID]
    when: Annotated[str, Field(examples=["period_end"])]
    on: date | None
    unused: Annotated[str, Field(examples=["credit"])]
    reason: str
    created_at: datetime
    confirmed_at: datetime | None

    @classmethod
    def of(cls, move: VersionMove) -> MoveListed:
        return cls(**_facts(move))


class MoveShown(MoveListed):
    """The same with how far it has come, and what it comes to."""

    state: Annotated[
        Step,
        Field(description=N_("It can be confirmed once it is `seen`; `done`, `failed` and `cancelled` are the end.")),
    ]
    handled: Annotated[int, Field(description=N_("How many were looked at, or moved."), examples=[80])]
    total: Annotated[int | None, Field(examples=[120])]
    job_id: UUID | None
    outcomes: Annotated[
        dict[str, int],
        Field(
            description=N_("How many are `ready`, `blocked`, `chosen`, `moved`, `planned` or `left` alone."),
            examples=[{"ready": 118, "blocked": 2}],
        ),
    ]
    totals: list[MoveTotalsShown]

    @classmethod
    def of(cls, move: VersionMove) -> MoveShown:
        job = job_of_move(move)
        return cls(
            **_facts(move),
            state=_state_of(move, job=job),
            handled=job.handled if job else 0,
            total=job.total if job else None,
            job_id=job.id if job else None,
            outcomes=outcomes_of_move(move),
            totals=[MoveTotalsShown.of(totals) for totals in totals_of_move(lines_of_move(move))],
        )


def _facts(move: VersionMove) -> dict[str, Any]:
    return {
        "id": move.id,
        "version_id": move.version_id,
        "from_version_ids": move.from_ids,
        "when": move.when,
        "on": move.on,
        "unused": move.unused,
        "reason": move.reason,
        "created_at": move.created_at,
        "confirmed_at": move.confirmed_at,
    }


class MoveLineShown(Answer):
    """One subscriber: the running period under both versions, what is billed at once, and what came of it."""

    id: UUID
    subscription_id: UUID
    account_id: UUID
    account: Annotated[str, Field(examples=["Hengtai Trading"])]
    from_version_id: UUID
    outcome: Annotated[str, Field(examples=["ready"])]
    code: Annotated[str, Field(description=N_("Why not, where it stays."), examples=["rests_now"])]
    detail: Annotated[str, Field(description=N_("The same in your language."))]
    currency: Annotated[str, Field(examples=["CNY"])]
    before: Annotated[str, Field(examples=["98.00"])]
    after: Annotated[str | None, Field(description=N_("Null: the version has no price in it."), examples=["108.00"])]
    billed_at_once: Annotated[str, Field(examples=["0.00"])]
    given_back_at_once: Annotated[str, Field(examples=["0.00"])]
    starts_at: Annotated[datetime, Field(description=N_("When it takes effect."))]

    @classmethod
    def of(cls, line: MoveLine) -> MoveLineShown:
        def amount(minor: int) -> str:
            return str(to_decimal(minor=minor, currency=line.currency))

        detail = gettext(line.text) if line.text else ""
        return cls(
            id=line.id,
            subscription_id=line.subscription_id,
            account_id=line.account_id,
            account=line.account.name,
            from_version_id=line.from_version_id,
            outcome=line.outcome,
            code=line.code,
            detail=detail % line.facts if line.facts else detail,
            currency=line.currency,
            before=amount(line.before_minor),
            after=None if line.after_minor is None else amount(line.after_minor),
            billed_at_once=amount(line.due_minor),
            given_back_at_once=amount(line.credit_minor),
            starts_at=line.starts_at,
        )


def _state_of(move: VersionMove, *, job: Job | None) -> Step:
    if job is not None and job.status in ("failed", "cancelled"):
        return "failed" if job.status == "failed" else "cancelled"
    if move.confirmed_at is not None:
        return "done" if job is None or job.is_over else "moving"
    return "looking" if move.looked_at is None else "seen"


@router.get(
    "/plan-versions/{version_id}/moves",
    response=Page[MoveListed],
    operation_id="list_moves",
    summary=N_("List the moves to a version"),
    description=N_("Newest first; for the provider. How far one has come is read of each."),
)
@scope("subscriptions:read")
def list_moves(
    request: HttpRequest, response: HttpResponse, version_id: UUID, asked: Query[PageAsked]
) -> dict[str, Any]:
    version = access_version(seller_id=seller_of_key(actor_of(request)), version_id=version_id)
    return page_of(
        moves_of(version), request=request, response=response, asked=asked, order=("-created_at", "-id"),
        shape=MoveListed.of,
    )  # fmt: skip


@router.post(
    "/plan-versions/{version_id}/moves",
    response={201: MoveShown},
    operation_id="look_at_move",
    summary=N_("See what moving subscribers would do"),
    description=N_(
        "Looks, as a job, at everybody who has one of these versions; nothing is changed. Ask for the move until its "
        "state is `seen`, then confirm it."
    ),
)
@scope("subscriptions:start")
def look_at_one_move(request: HttpRequest, version_id: UUID, asked: MoveAsked) -> Status[MoveShown]:
    by = actor_of(request)
    wish = MoveWish(
        version_id=version_id,
        from_ids=asked.from_version_ids,
        when=asked.when,
        on=asked.on if asked.when == "on" else None,
        unused=asked.unused,
    )
    return Status(201, MoveShown.of(look_at_move(seller_id=seller_of_key(by), wish=wish, by=by, at=clock.now())))


@router.get(
    "/moves/{move_id}",
    response=MoveShown,
    operation_id="read_move",
    summary=N_("Read a move"),
    description=N_("How far it has come, how many can move, and what it comes to."),
)
@scope("subscriptions:read")
def read_move(request: HttpRequest, move_id: UUID) -> MoveShown:
    return MoveShown.of(access_move(seller_id=seller_of_key(actor_of(request)), move_id=move_id))


class LinesAsked(PageAsked):
    """Which of them."""

    outcome: Annotated[
        MoveOutcome | None, Field(description=N_("Only those who have come to this."), examples=["blocked"])
    ] = None


@router.get(
    "/moves/{move_id}/lines",
    response=Page[MoveLineShown],
    operation_id="list_move_lines",
    summary=N_("List whom a move is about"),
    description=N_("Each subscriber with what it does to them, and why they stay where they do."),
)
@scope("subscriptions:read")
def list_move_lines(
    request: HttpRequest, response: HttpResponse, move_id: UUID, asked: Query[LinesAsked]
) -> dict[str, Any]:
    rows = lines_of_move(access_move(seller_id=seller_of_key(actor_of(request)), move_id=move_id))
    if asked.outcome is not None:
        rows = rows.filter(outcome=asked.outcome)
    filters = {"outcome": asked.outcome.value if asked.outcome else ""}
    return page_of(
        rows, request=request, response=response, asked=asked, order=("id",), shape=MoveLineShown.of, filters=filters
    )


@router.post(
    "/moves/{move_id}/confirm",
    response=MoveShown,
    operation_id="confirm_move",
    summary=N_("Move subscribers"),
    description=N_(
        "Moves, as a job, everybody who can move or the lines that are named. Whoever stands differently than it was "
        "seen is left alone, with the reason. A move is confirmed once (409 `move_confirmed_already`)."
    ),
)
@scope("subscriptions:start")
def confirm_one_move(request: HttpRequest, move_id: UUID, asked: MoveConfirmAsked) -> MoveShown:
    by = actor_of(request)
    move = confirm_move(
        seller_id=seller_of_key(by), move_id=move_id, line_ids=asked.line_ids, reason=asked.reason, by=by,
        at=clock.now(),
    )  # fmt: skip
    return MoveShown.of(move)
