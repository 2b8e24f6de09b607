"""Runs that people start: watched as a job, tried dry, stopped, refused a second time, and parked accounts again."""

from __future__ import annotations

import pytest

from invoices.errors import NothingDue, NothingParked, RunNotCancellable, RunUnderWay
from invoices.models import BillingRun, Invoice, ParkedAccount
from invoices.operations import run_jobs, runs
from invoices.tasks import bill
from provider.kernel import jobs, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.clock import now
from provider.kernel.events import JobFinished
from provider.kernel.models import Job

from .test_runs import LATE, customers

pytestmark = pytest.mark.django_db


def start() -> BillingRun:
    return run_jobs.start_run(by=SYSTEM, at=LATE)


def do(job_id: object) -> Job:
    assert job_id is not None
    return jobs.run_to_end(job_id=Job.objects.get(pk=job_id).id, at=now())


def test_a_run_by_hand_is_a_job_that_bills_everything_once() -> None:
    _, ids = customers(3)
    run = start()
    with pytest.raises(RunUnderWay):
        start()

    job = do(run.job_id)

    run.refresh_from_db()
    assert (run.outcome, run.due_count, run.accounts_count, run.invoices_count) == ("done", 3, 3, 9)
    assert (job.status, job.handled, job.total, job.counts["invoices"]) == ("done", 3, 3, 9)
    assert {Invoice.objects.filter(account_id=one, run_id=run.id).count() for one in ids} == {3}
    with pytest.raises(NothingDue):
        start()
    assert list(BillingRun.objects.filter(is_dry=False)) == [run]  # a run with nothing to do is not made


def test_a_dry_run_says_what_would_be_billed_and_bills_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _, ids = customers(3)
    monkeypatch.setattr(run_jobs, "TRIED_AT_ONCE", 2)
    before = Invoice.objects.count()
    run = run_jobs.start_dry_run(by=SYSTEM, at=LATE)

    do(run.job_id)

    run.refresh_from_db()
    assert Invoice.objects.count() == before
    assert (run.is_dry, run.outcome, run.invoices_count, run.totals) == (True, "done", 9, {"CNY": 9 * 10600})
    assert {(one["account_id"], one["minor"]) for one in run.largest} == {(str(one), 3 * 10600) for one in ids}
    done = start()
    do(done.job_id)
    done.refresh_from_db()
    assert (done.invoices_count, done.totals) == (run.invoices_count, run.totals)


def test_a_cancelled_run_makes_room_for_the_next_and_a_stray_one_is_closed_by_the_clock() -> None:
    stage, _ = customers(1)
    run = start()

    run_jobs.cancel_run(run=run, by=SYSTEM, at=LATE)

    run.refresh_from_db()
    assert run.outcome == "cancelled"
    with pytest.raises(RunNotCancellable):
        run_jobs.cancel_run(run=run, by=SYSTEM, at=LATE)
    failed = start()
    assert failed.job_id is not None
    Job.objects.filter(pk=failed.job_id).update(status="failed", ended_at=LATE, last_error="Its worker was killed.")
    outbox.publish(JobFinished(job_id=failed.job_id, kind=run_jobs.RUN, status="failed"), LATE)
    outbox.drain()
    failed.refresh_from_db()
    assert failed.outcome == "failed"
    do(start().job_id)
    stray = runs.open_run(seller_account_id=stage.seller.account_id, cause="schedule", by=SYSTEM, at=LATE)
    runs.close_idle_run(seller_account_id=stage.seller.account_id, at=LATE)
    stray.refresh_from_db()
    assert stray.outcome == "done"
    assert bill() >= 0


def test_parked_accounts_are_tried_again_together() -> None:
    _, ids = customers(2)
    for account_id in ids:
        runs.park(account_id=account_id, failure=RuntimeError("no"), run_id=None, by=SYSTEM, at=LATE)
    rows = list(ParkedAccount.objects.values_list("id", flat=True))
    runs.retry_parked(parked_id=rows[0], by=SYSTEM, at=LATE)

    job = do(run_jobs.retry_all(parked_ids=rows, by=SYSTEM, at=LATE).id)

    assert job.counts == {"billed": 1, "still_parked": 0, "left_alone": 1}
    assert not ParkedAccount.objects.filter(cleared_at=None).exists()
    with pytest.raises(NothingParked):
        run_jobs.retry_all(parked_ids=[], by=SYSTEM, at=LATE)
