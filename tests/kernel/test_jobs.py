"""Long work is shown, cancelled, and resumed exactly where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from provider.kernel import audit, jobs, outbox
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.clock import now
from provider.kernel.errors import N_, ForbiddenMove, NotAllowed
from provider.kernel.events import JobFinished
from provider.kernel.ids import new_id
from provider.kernel.jobs import Chunk, Outcome, Problem, Result
from provider.kernel.models import AuditRow, Job, JobStatus, OutboxEvent
from provider.kernel.progress import measure
from tests.racing import race

AT = datetime(2099, 3, 1, 12, tzinfo=UTC)  # after `now()`, so that what was just queued is due
PERSON = Actor(kind="person", user_id=new_id(), account_id=new_id(), permissions=frozenset({"jobs.view"}))


def _stamp(chunk: Chunk) -> Outcome:
    """Stamp the letters of `params`, three in a chunk; those that are vowels are problems."""
    begin = chunk.cursor or 0
    letters = chunk.params["letters"][begin : begin + 3]
    for letter in letters:
        audit.record(by=chunk.by, verb="stamp", subject_kind="letter", subject_id=letter, account_id=None, at=chunk.at)
    vowels = [letter for letter in letters if letter in "aeiou"]
    is_last = begin + 3 >= len(chunk.params["letters"])
    return Outcome(
        cursor=None if is_last else begin + 3,
        handled=len(letters),
        counts={"stamped": len(letters) - len(vowels), "refused": len(vowels)},
        problems=[Problem.of(NotAllowed(), subject=letter) for letter in vowels],
        result=Result(label="Letters", url="/letters/") if is_last else None,
    )


@pytest.fixture(autouse=True)
def _kinds() -> Iterator[None]:
    jobs.define("tests.stamp", step=_stamp, title=N_("Stamping"))
    yield
    for kind in [kind for kind in jobs._definitions if kind.startswith("tests.")]:
        del jobs._definitions[kind]


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is woken at commit: the test runs the job itself."""
    monkeypatch.setattr(jobs, "wake", lambda *_: None)


def _start(kind: str = "tests.stamp", *, letters: str = "abcdefgh") -> Job:
    return jobs.start(
        kind=kind, params={"letters": letters}, by=PERSON, at=AT, account_id=PERSON.account_id, total=len(letters)
    )


def _stamped() -> list[str]:
    return list(AuditRow.objects.filter(subject_kind="letter").order_by("id").values_list("subject_id", flat=True))


@pytest.mark.django_db
def test_a_job_runs_chunk_by_chunk_counts_and_tells_its_end() -> None:
    job = _start()
    assert job.status == JobStatus.QUEUED

    job = jobs.run_to_end(job_id=job.id, at=AT)

    assert (job.status, job.handled, job.total) == (JobStatus.DONE, 8, 8)
    assert job.counts == {"stamped": 6, "refused": 2}
    assert [problem["subject"] for problem in job.problems] == ["a", "e"]
    assert job.problems[0]["code"] == "not_allowed"
    assert job.result == {"label": "Letters", "file_id": None, "url": "/letters/"}
    assert _stamped() == list("abcdefgh")
    event = OutboxEvent.objects.get(name=JobFinished.name)
    assert (event.payload["status"], event.payload["user_id"]) == ("done", str(PERSON.user_id))
    assert AuditRow.objects.filter(subject_kind="letter").first().user_id == PERSON.user_id  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_the_worker_takes_it_after_commit() -> None:
    with transaction.atomic():
        job = jobs.start(kind="tests.stamp", params={"letters": "abcd"}, by=SYSTEM, at=now(), account_id=None)
        assert _stamped() == []
    job.refresh_from_db()
    assert job.status == JobStatus.DONE
    assert _stamped() == list("abcd")


@pytest.mark.django_db
def test_a_job_is_due_at_once_by_an_older_clock_and_by_ours(asleep: None) -> None:
    for at in (now() - timedelta(days=300), now() + timedelta(days=300)):
        begun = jobs.start(kind="tests.stamp", params={"letters": "bcd"}, by=PERSON, at=at, account_id=None)
        done = jobs.run_to_end(job_id=begun.id, at=min(at, now()))
        assert done.status == JobStatus.DONE


@pytest.mark.django_db
def test_only_the_first_problems_are_kept_and_all_are_counted() -> None:
    job = jobs.run_to_end(job_id=_start(letters="a" * 50).id, at=AT)
    assert (len(job.problems), job.problem_count) == (jobs.KEEP_PROBLEMS, 50)


@pytest.mark.django_db
def test_a_job_that_was_not_begun_is_cancelled_at_once() -> None:
    job = _start()
    assert jobs.cancel(job_id=job.id, by=PERSON, at=AT).status == JobStatus.CANCELLED
    assert jobs.run_to_end(job_id=job.id, at=AT).status == JobStatus.CANCELLED
    assert _stamped() == []
    with pytest.raises(jobs.CannotCancel):
        jobs.cancel(job_id=job.id, by=PERSON, at=AT)


@pytest.mark.django_db
def test_a_running_job_stops_before_its_next_chunk_and_keeps_what_was_done() -> None:
    job = _start()
    token = jobs.claim(job_id=job.id, at=AT)
    assert token
    assert jobs.run_chunk(job_id=job.id, token=token, at=AT)

    assert jobs.cancel(job_id=job.id, by=PERSON, at=AT).status == JobStatus.RUNNING
    assert not jobs.run_chunk(job_id=job.id, token=token, at=AT)

    job.refresh_from_db()
    assert (job.status, job.handled) == (JobStatus.CANCELLED, 3)
    assert OutboxEvent.objects.get(name=JobFinished.name).payload["status"] == "cancelled"


class _Killed(BaseException):
    """As when the process is killed: nothing of ours runs afterwards."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("asleep")
def test_a_job_killed_in_the_middle_of_a_chunk_ends_as_an_undisturbed_one() -> None:
    undisturbed = jobs.run_to_end(job_id=_start().id, at=AT)
    expected = (undisturbed.status, undisturbed.handled, undisturbed.counts, undisturbed.problems, _stamped())
    before = len(_stamped())
    kills = 2

    def step(chunk: Chunk) -> Outcome:
        nonlocal kills
        outcome = _stamp(chunk)
        if chunk.cursor == 3 and kills:
            kills -= 1
            raise _Killed
        return outcome

    jobs.define("tests.fragile", step=step, title=N_("Stamping"))
    job, at = _start("tests.fragile"), AT
    while not Job.objects.get(pk=job.pk).is_over:
        try:
            jobs.run_to_end(job_id=job.id, at=at)
        except _Killed:
            assert jobs.due(at=at) == []  # its lease still holds
            at += timedelta(seconds=60)
            assert jobs.due(at=at) == [job.id]  # the sweeper finds it

    job.refresh_from_db()
    assert (job.status, job.handled, job.counts, job.problems, _stamped()[before:]) == expected


@pytest.mark.django_db
def test_a_chunk_that_always_kills_its_worker_ends_the_job() -> None:
    job, at = _start(), AT
    for _ in range(jobs.MAX_ATTEMPTS + 1):
        jobs.claim(job_id=job.id, at=at)  # and the process is killed
        at += timedelta(seconds=60)
    job.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert "worker" in job.last_error


@pytest.mark.django_db
def test_a_chunk_that_fails_is_tried_again_later_then_the_job_fails_and_may_be_retried_from_there() -> None:
    is_broken = True

    def step(chunk: Chunk) -> Outcome:
        outcome = _stamp(chunk)
        if is_broken and chunk.cursor == 3:
            raise OSError("password=abc")
        return outcome

    jobs.define("tests.fragile", step=step, title=N_("Stamping"))
    job, at = _start("tests.fragile"), AT

    job = jobs.run_to_end(job_id=job.id, at=at)
    assert (job.status, job.handled, job.attempts) == (JobStatus.QUEUED, 3, 1)
    assert job.next_try_at > at
    assert _stamped() == list("abc")  # the failed chunk left nothing
    for _ in range(jobs.MAX_ATTEMPTS):
        at += timedelta(hours=2)
        job = jobs.run_to_end(job_id=job.id, at=at)
    assert job.status == JobStatus.FAILED
    assert job.last_error.startswith("OSError at tests/kernel/test_jobs.py")
    assert "abc" not in job.last_error

    is_broken = False
    jobs.retry(job_id=job.id, by=PERSON, at=at)
    assert jobs.run_to_end(job_id=job.id, at=at).status == JobStatus.DONE
    assert _stamped() == list("abcdefgh")
    with pytest.raises(ForbiddenMove):
        jobs.retry(job_id=job.id, by=PERSON, at=at)


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_leaves_nothing() -> None:
    job = _start()
    slow = jobs.claim(job_id=job.id, at=AT)
    assert slow
    later = AT + timedelta(seconds=60)

    def step(chunk: Chunk) -> Outcome:
        if chunk.at == AT:  # while the slow one works, another takes over
            Job.objects.filter(pk=job.pk).update(lease_token=new_id(), lease_until=later)
        return _stamp(chunk)

    jobs._definitions.pop("tests.stamp")
    jobs.define("tests.stamp", step=step, title=N_("Stamping"))
    assert not jobs.run_chunk(job_id=job.id, token=slow, at=AT)
    assert _stamped() == []
    assert jobs.run_to_end(job_id=job.id, at=later).status == JobStatus.DONE
    assert _stamped() == list("abcdefgh")


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
@pytest.mark.usefixtures("asleep")
def test_several_workers_do_a_job_once() -> None:
    job = _start(letters="bcdfghjklmnpqrstvwxyz")
    race(*[lambda: jobs.run_to_end(job_id=job.id, at=AT)] * 4)
    job.refresh_from_db()
    assert job.status == JobStatus.DONE
    assert _stamped() == list("bcdfghjklmnpqrstvwxyz")


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
@pytest.mark.usefixtures("asleep")
def test_several_workers_do_it_several_times_where_claims_and_tokens_are_not_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The positive control: the harness does produce the double effect."""
    monkeypatch.setattr(jobs, "_renew", lambda *, job_id, **_: Job.objects.get(pk=job_id))
    monkeypatch.setattr(jobs, "_advance", lambda *_, **__: None)
    job = _start(letters="bcd")
    race(*[lambda: jobs.run_chunk(job_id=job.id, token=new_id(), at=AT)] * 2)
    assert sorted(_stamped()) == list("bbccdd")


@pytest.mark.django_db
def test_a_job_makes_room_for_others_between_two_chunks() -> None:
    job = _start()
    token = jobs.claim(job_id=job.id, at=AT)
    assert token
    jobs.run_chunk(job_id=job.id, token=token, at=AT)
    jobs.hand_over(job_id=job.id, token=token, at=AT)
    assert jobs.due(at=AT) == [job.id]
    assert jobs.run_to_end(job_id=job.id, at=AT).attempts == 0
    assert _stamped() == list("abcdefgh")


@pytest.mark.django_db
def test_the_end_of_a_job_is_told_to_handlers() -> None:
    told: list[UUID] = []

    def tell(event: JobFinished, *, at: datetime) -> None:
        told.append(event.job_id)

    outbox.on(JobFinished, tell)
    try:
        job = jobs.run_to_end(job_id=_start().id, at=AT)
        outbox.drain()
    finally:
        outbox.forget(JobFinished, tell)
    assert told == [job.id]


BREACHES: list[tuple[dict[str, Any], str]] = [
    ({"status": "gone"}, "job_(status_known|ended_has_time)"),
    ({"status": "running"}, "job_running_has_lease"),
    ({"status": "done"}, "job_ended_has_time"),
    ({"status": "failed", "ended_at": AT}, "job_failed_says_why"),
    ({"handled": -1}, "job_counts_make_sense"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("breach", "law"), BREACHES)
def test_the_database_ties_the_state_to_its_facts(breach: dict[str, Any], law: str) -> None:
    _start()
    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        Job.objects.update(**breach)
    columns = ", ".join(f"{name} = %s" for name in breach)
    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        connection.cursor().execute(f"update kernel_job set {columns}", list(breach.values()))


# --- Progress ---

Measure = Callable[..., Any]


def _measure(*, handled: int, total: int | None, seconds: int, is_over: bool = False) -> Any:
    return measure(
        handled=handled,
        total=total,
        started_at=AT,
        progressed_at=AT + timedelta(seconds=seconds),
        is_over=is_over,
    )


def test_progress_says_how_far_how_fast_and_how_long() -> None:
    half = _measure(handled=50, total=100, seconds=10)
    assert (half.percent, half.per_minute, half.seconds_left) == (50, 300, 10)


def test_progress_does_not_guess() -> None:
    begun = _measure(handled=0, total=100, seconds=10)
    assert (begun.percent, begun.per_minute, begun.seconds_left) == (0, None, None)
    unknown = _measure(handled=50, total=None, seconds=10)
    assert (unknown.percent, unknown.seconds_left) == (None, None)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**5))
def test_a_hundred_percent_is_said_only_at_the_end(handled: int, total: int, seconds: int) -> None:
    assert _measure(handled=handled, total=total, seconds=seconds).percent < 100
    assert 0 <= _measure(handled=handled, total=total, seconds=seconds, is_over=True).percent <= 100
