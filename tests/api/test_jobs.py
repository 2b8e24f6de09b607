"""Long work and the history, through a key: one's own, and nobody else's."""

from __future__ import annotations

import pytest

from provider.kernel import audit, jobs
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.ids import new_id
from provider.kernel.models import Job

from .conftest import START, assert_problem, caller_for, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_kind_of_job():
    jobs.define("tests.api", step=_step, title="Export")


def _step(chunk: jobs.Chunk) -> jobs.Outcome:
    return jobs.Outcome(cursor=None)


def start(account, *, by: Actor = SYSTEM) -> Job:
    return jobs.start(kind="tests.api", params={}, by=by, at=START, account_id=account.id, total=4)


def test_a_job_is_read_and_cancelled(customer, subscriber):
    job = start(subscriber)

    shown = customer.get(f"/jobs/{job.id}").json()
    cancelled = customer.post(f"/jobs/{job.id}/cancel").json()
    again = customer.post(f"/jobs/{job.id}/cancel")

    assert (shown["status"], shown["handled"], shown["total"], shown["percent"]) == ("queued", 0, 4, 0)
    assert cancelled["status"] == "cancelled"
    assert cancelled["ended_at"] is not None
    assert_problem(again, status=409, code="job_cannot_be_cancelled")
    assert [row["id"] for row in customer.get("/jobs").json()["items"]] == [str(job.id)]


def test_first_problems_are_worded_for_the_reader(customer, subscriber):
    job = start(subscriber)
    Job.objects.filter(id=job.id).update(
        problem_count=1,
        problems=[{"subject": "line 17", "text": "Line %(line)s is empty.", "code": "empty", "facts": {"line": 17}}],
    )

    shown = customer.get(f"/jobs/{job.id}").json()

    assert shown["problems"] == [{"subject": "line 17", "code": "empty", "detail": "Line 17 is empty."}]


def test_the_job_of_another_account_is_not_there(customer):
    job = start(make_account("Elsewhere"))

    assert_problem(customer.get(f"/jobs/{job.id}"), status=404, code="not_found")
    assert_problem(customer.post(f"/jobs/{job.id}/cancel"), status=404, code="not_found")
    assert customer.get("/jobs").json()["items"] == []
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_test_key_has_no_hand_on_real_work(provider_account):
    tester = caller_for(provider_account, portal="provider", is_test=True)
    by = Actor(kind="api_key", api_key_id=new_id(), is_test=True)
    real, tried = start(provider_account), start(provider_account, by=by)

    assert [row["id"] for row in tester.get("/jobs").json()["items"]] == [str(tried.id)]
    assert_problem(tester.post(f"/jobs/{real.id}/cancel"), status=404, code="not_found")
    real.refresh_from_db()
    assert real.status == "queued"


def test_a_test_key_has_all_work_of_a_test_account():
    trial = make_account("Trial run", is_test=True)
    job = start(trial)

    shown = caller_for(trial, is_test=True).get(f"/jobs/{job.id}")

    assert shown.json()["id"] == str(job.id)


def test_reading_a_job_does_not_let_a_key_cancel_it(subscriber):
    job = start(subscriber)

    response = caller_for(subscriber, scopes=["jobs:read"]).post(f"/jobs/{job.id}/cancel")

    assert assert_problem(response, status=403, code="scope_missing")["scope"] == "jobs:write"


def test_the_history_is_ones_own_and_for_the_provider_everybodys(customer, subscriber, operator):
    other = make_account("Elsewhere")
    trial = make_account("Trial run", is_test=True)
    for account in (subscriber, other, trial):
        audit.record(
            by=SYSTEM, verb="account.renamed", subject_kind="account", subject_id=account.id,
            account_id=account.id, at=START, after={"name": account.name}, reason="asked by telephone",
        )  # fmt: skip

    own = customer.get("/audit").json()["items"]
    all_live = operator.get("/audit", verb="account.renamed").json()["items"]
    one = operator.get("/audit", subject_id=str(other.id)).json()["items"]

    assert [act["account_id"] for act in own] == [str(subscriber.id)]
    assert own[0]["reason"] == "asked by telephone"
    assert {act["account_id"] for act in all_live} == {str(subscriber.id), str(other.id)}
    assert [act["account_id"] for act in one] == [str(other.id)]
