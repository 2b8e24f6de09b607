"""Billing runs and the accounts that they had to park, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from invoices.models import BillingRun, ParkedAccount
from invoices.operations import run_jobs
from invoices.operations.runs import retry_parked
from invoices.queries import runs as queries
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, Page, PageAsked, page_of, scope

from .amounts import SumShown
from .documents import InvoiceShown

router = Router(tags=["Billing"])
Step = Literal["under_way", "done", "cancelled", "failed"]


class RunAsked(Given):
    """What kind of run."""

    is_dry: Annotated[bool, Field(description=N_("Only say what would be billed; no document is written."))] = False


class RunShown(Answer):
    """A billing run: how far it has come, and what it has come to."""

    id: UUID
    is_dry: bool
    cause: Annotated[
        Literal["schedule", "operator", "command"],
        Field(description=N_("The clock, a colleague or a key, or a command.")),
    ]
    state: Annotated[Step, Field(description=N_("`done`, `failed` and `cancelled` are the end."))]
    as_of: Annotated[datetime, Field(description=N_("What was due at this instant is billed."))]
    started_at: datetime
    ended_at: datetime | None
    job_id: Annotated[UUID | None, Field(description=N_("Null where the clock or a command started it."))]
    due: Annotated[int | None, Field(description=N_("Accounts with something due when it began."), examples=[960])]
    accounts: Annotated[int, Field(description=N_("Accounts that were looked at so far."), examples=[480])]
    invoices: Annotated[int, Field(examples=[478])]
    credit_notes: Annotated[int, Field(examples=[0])]
    waiting: Annotated[int, Field(description=N_("Invoices that waited for approval when it made them."), examples=[1])]
    parked: Annotated[int, Field(description=N_("Accounts that could not be billed."), examples=[1])]
    invoices_per_minute: Annotated[int | None, Field(description=N_("Null where it was too short to say."))]
    totals: Annotated[list[SumShown], Field(description=N_("What it asked for, with tax, by currency."))]

    @classmethod
    def of(cls, run: BillingRun) -> RunShown:
        return cls(**_facts(run))


class TriedShown(Answer):
    """One account of a dry run: what it would be asked to pay, or why it could not be billed."""

    account_id: UUID
    account: Annotated[str, Field(examples=["Hengtai Trading"])]
    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["318.00"])]
    code: Annotated[str, Field(description=N_("Why not; empty where it can be billed."), examples=["no_seller"])]
    detail: Annotated[str, Field(description=N_("The same in your language."))]

    @classmethod
    def of(cls, one: queries.Tried) -> TriedShown:
        return cls(
            account_id=one.account.id,
            account=one.account.name,
            currency=one.money.currency,
            amount=str(one.money.amount),
            code=one.code,
            detail=one.reason,
        )


class RunWithLargest(RunShown):
    """The same with its largest invoices, or with what a dry run found."""

    largest: Annotated[list[InvoiceShown], Field(description=N_("The invoices that ask for most; of a real run."))]
    tried: Annotated[
        list[TriedShown],
        Field(description=N_("Of a dry run: who would be parked, then who would be asked for most; some twenty.")),
    ]


def _facts(run: BillingRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "is_dry": run.is_dry,
        "cause": run.cause,
        "state": "under_way" if run.ended_at is None else run.outcome or "done",
        "as_of": run.as_of,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "job_id": run.job_id,
        "due": run.due_count,
        "accounts": run.accounts_count,
        "invoices": run.invoices_count,
        "credit_notes": run.credit_notes_count,
        "waiting": run.waiting_count,
        "parked": run.parked_count,
        "invoices_per_minute": queries.per_minute_of(run),
        "totals": [SumShown.of(money) for money in queries.totals_of(run)],
    }


def _shown(run: BillingRun) -> RunWithLargest:
    largest = [] if run.is_dry else [InvoiceShown.of(invoice) for invoice in queries.largest_of(run)]
    tried = [TriedShown.of(one) for one in queries.tried_of(run)] if run.is_dry else []
    return RunWithLargest(**_facts(run), largest=largest, tried=tried)


class RunsAsked(PageAsked):
    """Which runs."""

    is_dry: Annotated[bool | None, Field(description=N_("Only dry ones, or only real ones."))] = None


@router.get(
    "/billing-runs",
    response=Page[RunShown],
    operation_id="list_billing_runs",
    summary=N_("List billing runs"),
    description=N_("Newest first. What is due is billed every minute by itself; each time something was due is a run."),
)
@scope("billing:read")
def list_billing_runs(request: HttpRequest, response: HttpResponse, asked: Query[RunsAsked]) -> dict[str, Any]:
    rows = queries.runs_open_to(actor_of(request))
    if asked.is_dry is not None:
        rows = rows.filter(is_dry=asked.is_dry)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=("-started_at", "-id"),
        shape=RunShown.of,
        filters={"is_dry": "" if asked.is_dry is None else str(asked.is_dry).lower()},
    )


@router.post(
    "/billing-runs",
    response={201: RunShown},
    operation_id="start_billing_run",
    summary=N_("Start a billing run"),
    description=N_(
        "Bills everything that is due now, as a job; ask for the run until its state is not `under_way`. There is one "
        "real run at a time (409 `run_under_way`), and none where nothing is due (409 `nothing_due`). A dry run says "
        "what would be billed, writes no document and parks nobody. It is not for test keys: a run bills real "
        "customers."
    ),
)
@scope("billing:run")
def start_billing_run(request: HttpRequest, asked: RunAsked) -> Status[RunShown]:
    by, at = actor_of(request), clock.now()
    queries.require_runs_of(by)
    if asked.is_dry:
        return Status(201, RunShown.of(run_jobs.start_dry_run(by=by, at=at)))
    return Status(201, RunShown.of(run_jobs.start_run(by=by, at=at)))


@router.get(
    "/billing-runs/{run_id}",
    response=RunWithLargest,
    operation_id="read_billing_run",
    summary=N_("Read a billing run"),
    description=N_("How far it has come, what it asked for by currency, and its largest amounts."),
)
@scope("billing:read")
def read_billing_run(request: HttpRequest, run_id: UUID) -> RunWithLargest:
    return _shown(queries.access_open_run(run_id=run_id, by=actor_of(request)))


@router.post(
    "/billing-runs/{run_id}/cancel",
    response=RunShown,
    operation_id="cancel_billing_run",
    summary=N_("Cancel a billing run"),
    description=N_("It stops before its next batch. What is billed stays billed; the rest is billed by the next run."),
)
@scope("billing:run")
def cancel_billing_run(request: HttpRequest, run_id: UUID) -> RunShown:
    by = actor_of(request)
    run = queries.access_open_run(run_id=run_id, by=by)
    run_jobs.cancel_run(run=run, by=by, at=clock.now())
    return RunShown.of(queries.access_run(run.pk))


# --- Parked accounts ---


class ParkedShown(Answer):
    """An account that cannot be billed, and why; or that could not, until it was billed again."""

    id: UUID
    account_id: UUID
    account: Annotated[str, Field(examples=["Hengtai Trading"])]
    state: Literal["parked", "billed"]
    code: Annotated[str, Field(description=N_("Why, at the last try."), examples=["no_seller"])]
    detail: Annotated[str, Field(description=N_("The same in your language."))]
    run_id: Annotated[UUID | None, Field(description=N_("The run that parked it."))]
    tries: Annotated[int, Field(examples=[2])]
    parked_at: datetime
    tried_at: Annotated[datetime, Field(description=N_("When it was tried last."))]
    billed_at: Annotated[datetime | None, Field(description=N_("When it was billed again."))]

    @classmethod
    def of(cls, row: ParkedAccount) -> ParkedShown:
        return cls(
            id=row.id,
            account_id=row.account_id,
            account=row.account.name,
            state="billed" if row.cleared_at else "parked",
            code=row.code,
            detail=queries.reason_in_words(row.code),
            run_id=row.run_id,
            tries=row.tries_count,
            parked_at=row.parked_at,
            tried_at=row.tried_at,
            billed_at=row.cleared_at,
        )


class ParkedAsked(PageAsked):
    """Which of them."""

    state: Annotated[Literal["parked", "billed"], Field(description=N_("How they stand."))] = "parked"
    account_id: Annotated[UUID | None, Field(description=N_("Only those of this account."))] = None


class RetryAsked(Given):
    """Whom to bill again."""

    parked_ids: Annotated[
        list[UUID] | None,
        Field(max_length=10_000, description=N_("Those to try; left out, everybody who is parked.")),
    ] = None


class RetryStarted(Answer):
    """The job that tries them."""

    job_id: UUID
    count: Annotated[int, Field(description=N_("How many are tried."), examples=[3])]


@router.get(
    "/parked-accounts",
    response=Page[ParkedShown],
    operation_id="list_parked_accounts",
    summary=N_("List parked accounts"),
    description=N_("Whoever cannot be billed waits here with the reason and stops no other; the latest first."),
)
@scope("billing:read")
def list_parked_accounts(request: HttpRequest, response: HttpResponse, asked: Query[ParkedAsked]) -> dict[str, Any]:
    rows = queries.parked_open_to(actor_of(request)).filter(cleared_at__isnull=asked.state == "parked")
    if asked.account_id is not None:
        rows = rows.filter(account_id=asked.account_id)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=("-parked_at", "-id"),
        shape=ParkedShown.of,
        filters={"state": asked.state, "account_id": str(asked.account_id or "")},
    )


@router.post(
    "/parked-accounts/retry",
    response={201: RetryStarted},
    operation_id="retry_parked_accounts",
    summary=N_("Bill parked accounts again"),
    description=N_(
        "Tries, as a job, those that are named or all; whoever still cannot be billed stays parked. Who is not parked "
        "any more is left alone; where nobody is, it is refused (409 `nothing_parked`)."
    ),
)
@scope("billing:run")
def retry_parked_accounts(request: HttpRequest, asked: RetryAsked) -> Status[RetryStarted]:
    by = actor_of(request)
    rows = queries.parked_open_to(by).filter(cleared_at=None)
    if asked.parked_ids is not None:
        rows = rows.filter(pk__in=asked.parked_ids)
    ids = list(rows.order_by("parked_at", "id").values_list("pk", flat=True))
    job = run_jobs.retry_all(parked_ids=ids, by=by, at=clock.now())
    return Status(201, RetryStarted(job_id=job.id, count=len(ids)))


@router.get(
    "/parked-accounts/{parked_id}",
    response=ParkedShown,
    operation_id="read_parked_account",
    summary=N_("Read a parked account"),
    description=N_("Why it cannot be billed, since when, and how often it was tried."),
)
@scope("billing:read")
def read_parked_account(request: HttpRequest, parked_id: UUID) -> ParkedShown:
    return ParkedShown.of(queries.access_open_parked(parked_id=parked_id, by=actor_of(request)))


@router.post(
    "/parked-accounts/{parked_id}/retry",
    response=ParkedShown,
    operation_id="retry_parked_account",
    summary=N_("Bill a parked account again"),
    description=N_(
        "Everything that is due on it is billed at once: its state is `billed`, or `parked` with the newest reason."
    ),
)
@scope("billing:run")
def retry_parked_account(request: HttpRequest, parked_id: UUID) -> ParkedShown:
    by = actor_of(request)
    row = queries.access_open_parked(parked_id=parked_id, by=by)
    retry_parked(parked_id=row.pk, by=by, at=clock.now_for(test_clock_at=row.account.test_clock_at))
    return ParkedShown.of(queries.access_open_parked(parked_id=row.pk, by=by))
