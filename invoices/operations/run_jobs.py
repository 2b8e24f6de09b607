"""Runs that people start: a job that bills batch by batch, a dry one that writes no document, parked accounts again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from invoices.errors import NothingDue, NothingParked, NotParked, RunNotCancellable, RunUnderWay, SellerMissing
from invoices.models import BillingRun, ParkedAccount
from invoices.models.runs import RunOutcome
from invoices.queries.runs import due_accounts_after, due_accounts_count, provider_account
from provider.accounts.models import Account
from provider.kernel import jobs
from provider.kernel.actor import Actor
from provider.kernel.models import Job, JobStatus

from . import runs

RUN: Final = "invoices.billing_run"
TRY: Final = "invoices.billing_try"
RETRY: Final = "invoices.parked_retry"
TRIED_AT_ONCE: Final = 100
RETRIED_AT_ONCE: Final = 20
LARGEST: Final = 20
_OUTCOMES: Final = {
    JobStatus.DONE: RunOutcome.DONE,
    JobStatus.CANCELLED: RunOutcome.CANCELLED,
    JobStatus.FAILED: RunOutcome.FAILED,
}


def start_run(*, by: Actor, at: datetime) -> BillingRun:
    """Bill everything that is due now, as a job. Raises `RunUnderWay`, for there is one at a time, or `NothingDue`."""
    with transaction.atomic():
        seller = _seller()
        _end_those_left_by_jobs(seller, at=at)
        wish = runs.wish_of(seller_account_id=seller.id, cause="operator", at=at)
        run = runs.begin(wish, by=by)
        if run.id != wish.id:
            raise RunUnderWay()
        run.due_count = due_accounts_count(as_of=run.as_of)
        if not run.due_count:
            raise NothingDue()
        return _with_job(run, kind=RUN, by=by, at=at)


def start_dry_run(*, by: Actor, at: datetime) -> BillingRun:
    """See what a run would bill now, as a job; nothing is billed, and nobody is parked."""
    with transaction.atomic():
        wish = runs.wish_of(seller_account_id=_seller().id, cause="operator", at=at, is_dry=True)
        run = runs.begin(wish, by=by)
        run.due_count = due_accounts_count(as_of=run.as_of)
        return _with_job(run, kind=TRY, by=by, at=at)


def cancel_run(*, run: BillingRun, by: Actor, at: datetime) -> None:
    """Stop before the next batch; what is billed stays billed."""
    if run.job_id is None or run.ended_at is not None:
        raise RunNotCancellable()
    with transaction.atomic():
        job = jobs.cancel(job_id=run.job_id, by=by, at=at)
        if job.is_over:
            end_run_of_job(job_id=job.id, status=job.status, at=at)


def end_run_of_job(*, job_id: UUID, status: str, at: datetime) -> None:
    """A job has ended, well or not: so has its run."""
    outcome = _OUTCOMES[JobStatus(status)]
    runs.end_run(BillingRun.objects.filter(job_id=job_id), outcome=outcome, at=at)


def _seller() -> Account:
    seller = provider_account()
    if seller is None:
        raise SellerMissing()
    return seller


def _end_those_left_by_jobs(seller: Account, *, at: datetime) -> None:
    """A job may have ended whose end has not been told here yet."""
    left = BillingRun.objects.filter(seller_account=seller, ended_at=None, job_id__isnull=False)
    for job in Job.objects.filter(pk__in=left.values("job_id")):
        if job.is_over:
            end_run_of_job(job_id=job.id, status=job.status, at=at)


def _with_job(run: BillingRun, *, kind: str, by: Actor, at: datetime) -> BillingRun:
    params = {"run_id": str(run.id)}
    run.job_id = jobs.start(kind=kind, params=params, by=by, at=at, account_id=by.account_id, total=run.due_count).id
    BillingRun.objects.filter(id=run.id).update(due_count=run.due_count, job_id=run.job_id)
    return run


# --- What the jobs do ---


def run_chunk(chunk: jobs.Chunk) -> jobs.Outcome:
    """One batch; a batch of nothing is the end."""
    run = BillingRun.objects.get(id=chunk.params["run_id"])
    as_of = run.as_of if run.ended_at is None else chunk.at  # a failed job that is taken up again later
    done = runs.bill_batch(as_of=as_of, by=chunk.by, run_id=run.id)
    if not done.accounts:
        runs.end_run(BillingRun.objects.filter(id=run.id), outcome=RunOutcome.DONE, at=chunk.at)
        return jobs.Outcome(cursor=None)
    return jobs.Outcome(cursor=int(chunk.cursor or 0) + 1, handled=done.accounts, counts=_counts(done))


def try_chunk(chunk: jobs.Chunk) -> jobs.Outcome:
    """Some accounts in the order of their ids: what each would be asked to pay."""
    run = BillingRun.objects.get(id=chunk.params["run_id"])
    after = UUID(chunk.cursor) if chunk.cursor else None
    ids = due_accounts_after(as_of=run.as_of, after=after, limit=TRIED_AT_ONCE)
    done = runs.try_some(ids, as_of=run.as_of, by=chunk.by)
    run.largest = _largest([*run.largest, *done.tried])
    BillingRun.objects.filter(id=run.id).update(largest=run.largest)
    runs.count(run.id, done)
    if len(ids) < TRIED_AT_ONCE:
        runs.end_run(BillingRun.objects.filter(id=run.id), outcome=RunOutcome.DONE, at=chunk.at)
        return jobs.Outcome(cursor=None, handled=len(ids), counts=_counts(done))
    return jobs.Outcome(cursor=str(ids[-1]), handled=len(ids), counts=_counts(done))


def _counts(done: runs.Batch) -> dict[str, int]:
    counts = {"invoices": done.invoices, "credit_notes": done.credit_notes, "parked": done.parked}
    return counts | ({"waiting": done.waiting} if done.waiting else {})


def _largest(found: Iterable[Any]) -> list[Any]:
    """Those who would be parked first, then who would be asked for most."""
    return sorted(found, key=lambda one: (not one["code"], -one["minor"], one["account_id"]))[:LARGEST]


# --- Parked accounts again ---


def retry_all(*, parked_ids: Iterable[UUID], by: Actor, at: datetime) -> Job:
    """Try these parked accounts again, one after the other, as a job."""
    ids = [str(one) for one in parked_ids]
    if not ids:
        raise NothingParked()
    return jobs.start(kind=RETRY, params={"ids": ids}, by=by, at=at, account_id=by.account_id, total=len(ids))


def retry_chunk(chunk: jobs.Chunk) -> jobs.Outcome:
    """Some of them; one that was billed meanwhile is left alone."""
    begin = int(chunk.cursor or 0)
    wanted = [UUID(one) for one in chunk.params["ids"][begin : begin + RETRIED_AT_ONCE]]
    counts = {"billed": 0, "still_parked": 0, "left_alone": 0}
    for parked_id in wanted:
        counts[_retried(parked_id, by=chunk.by, at=chunk.at)] += 1
    end = begin + len(wanted)
    cursor = end if end < len(chunk.params["ids"]) else None
    return jobs.Outcome(cursor=cursor, handled=len(wanted), counts=counts)


def _retried(parked_id: UUID, *, by: Actor, at: datetime) -> str:
    row = ParkedAccount.objects.select_related("account").get(pk=parked_id)
    try:
        is_billed = runs.retry_parked(parked_id=parked_id, by=by, at=row.account.test_clock_at or at)
    except NotParked:
        return "left_alone"
    return "billed" if is_billed else "still_parked"
