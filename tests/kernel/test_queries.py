"""What the pages above ask of the kernel's tables."""

from datetime import UTC, datetime

import pytest

from provider.kernel import audit, jobs, outbox, queries
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.errors import NotFound
from provider.kernel.events import JobFinished
from provider.kernel.ids import new_id
from provider.kernel.models import OutboxEvent, OutboxStatus

AT = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_histories_are_the_latest_first_and_nobody_elses() -> None:
    account, user, subject = new_id(), new_id(), new_id()
    person = Actor(kind="person", user_id=user)
    given = {"by": person, "subject_kind": "card", "account_id": account, "at": AT}
    first = audit.record(verb="make", subject_id=subject, **given)
    second = audit.record(verb="freeze", subject_id=subject, **given)
    audit.record(by=SYSTEM, verb="make", subject_kind="card", subject_id=new_id(), account_id=new_id(), at=AT)

    assert list(queries.audit_of_account(account)) == [second, first]
    assert list(queries.audit_of_subject(subject_kind="card", subject_id=subject)) == [second, first]
    assert list(queries.audit_of_user(user)) == [second, first]


def test_the_state_of_delivery_counts_what_waits_fails_and_is_stuck() -> None:
    events = [outbox.publish(JobFinished(job_id=new_id(), kind="x", status="done"), AT) for _ in range(4)]
    OutboxEvent.objects.filter(pk=events[0].pk).update(status=OutboxStatus.STUCK, last_error="x", attempts=12)
    OutboxEvent.objects.filter(pk=events[1].pk).update(last_error="x", attempts=1)
    OutboxEvent.objects.filter(pk=events[2].pk).update(status=OutboxStatus.DELIVERED, delivered_at=AT)

    state = queries.outbox_state()

    assert (state.waiting, state.failing, state.stuck) == (2, 1, 1)
    assert state.oldest_due_at is not None
    assert [row.pk for row in queries.undelivered_events()] == [events[1].pk, events[0].pk]


def test_jobs_are_those_of_the_account_and_all_for_who_manages_them() -> None:
    mine, theirs = new_id(), new_id()
    jobs.define("tests.any", step=lambda _: jobs.Outcome(cursor=None), title="Any")
    try:
        own, other = (
            jobs.start(kind="tests.any", params={}, by=SYSTEM, at=AT, account_id=account) for account in (mine, theirs)
        )
    finally:
        del jobs._definitions["tests.any"]
    member = Actor(kind="person", user_id=new_id(), account_id=mine)
    operator = Actor(kind="person", user_id=new_id(), permissions=frozenset({"jobs.manage"}))

    assert list(queries.jobs_for(member)) == [own]
    assert list(queries.jobs_in_progress(operator)) == [other, own]
    assert queries.access_job(job_id=own.id, by=member) == own
    with pytest.raises(NotFound):
        queries.access_job(job_id=other.id, by=member)
    assert not queries.jobs_for(Actor(kind="anonymous")).exists()
