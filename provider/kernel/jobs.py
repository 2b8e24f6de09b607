"""Long work in chunks: shown, cancelled between chunks, resumed after a crash exactly where it was.

A package defines a kind of job in `AppConfig.ready`:

    jobs.define("invoices.export", step=export_chunk, title=N_("Export of invoices"))

`step(chunk)` does one chunk, best within a second or two, and says in its `Outcome` where the next one begins. The
effect of the chunk and the job's new cursor commit together, so a chunk is done wholly and once, or not at all. Two
workers never advance one job: each works under a lease with a token, and advancing is a compare-and-set on the token.
A step makes no network call; what needs one is left to the outbox.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Least, Now
from django.utils.translation import gettext
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from . import audit, backoff, outbox, trouble
from .actor import Actor
from .encoding import from_plain, to_plain
from .errors import N_, ForbiddenMove, Refusal
from .events import JobFinished
from .ids import new_id
from .models.jobs import TRANSITIONS, Job, JobStatus
from .progress import Progress, measure
from .state import move

logger = logging.getLogger(__name__)

RUN_TASK: Final = "kernel.run_job"
KEEP_PROBLEMS: Final = 20
MAX_ATTEMPTS: Final = 5
_GONE: Final = "The worker ended in the middle of this chunk, several times."


class CannotCancel(Refusal):
    code = "job_cannot_be_cancelled"
    status = 409
    text = N_("This has already ended. Reload the page to see how.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that did not work, for people: of what, and a sentence with its facts, worded for each reader."""

    subject: str
    text: str
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: Refusal, *, subject: str) -> Problem:
        """The problem that a refusal is."""
        return cls(subject=subject, text=refusal.text, code=refusal.code, facts=refusal.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a job made: a stored file, or a page to look at; `label` is marked with `N_`."""

    label: str = ""
    file_id: UUID | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What a step is given."""

    job_id: UUID
    account_id: UUID | None
    params: Mapping[str, Any]
    cursor: Any  # None at the beginning, then what the step returned last
    total: int | None
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step has done: `cursor` where the next chunk begins, None when all is done."""

    cursor: Any
    handled: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    total: int | None = None  # where it became known only now
    result: Result | None = None


Step = Callable[[Chunk], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A kind of job. `lease` is longer than any of its chunks."""

    kind: str
    step: Step
    title: str
    lease: timedelta
    outcomes: Mapping[str, str]


class _LeaseLost(Exception):
    """Another worker has taken over; what this one did is rolled back."""


_definitions: dict[str, Definition] = {}


def define(
    kind: str,
    *,
    step: Step,
    title: str,
    lease: timedelta = timedelta(seconds=60),
    outcomes: Mapping[str, str] | None = None,
) -> None:
    """Make a kind of job known. `title` is marked with `N_` and may name params: "Import of %(name)s".

    `outcomes` words the counts for people: {"created": N_("created"), "known": N_("were there already")}.
    """
    if kind in _definitions and _definitions[kind].step is not step:
        raise RuntimeError(f"The job “{kind}” is defined twice.")
    _definitions[kind] = Definition(kind=kind, step=step, title=title, lease=lease, outcomes=outcomes or {})


def definition_of(kind: str) -> Definition | None:
    """The definition of a kind, or None if the code no longer has it."""
    return _definitions.get(kind)


def start(
    *,
    kind: str,
    params: Mapping[str, Any],
    by: Actor,
    at: datetime,
    account_id: UUID | None,
    total: int | None = None,
) -> Job:
    """Queue a job in the caller's transaction; a worker begins after commit."""
    if kind not in _definitions:
        raise RuntimeError(f"No job “{kind}” is defined.")
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind,
            account_id=account_id,
            user_id=by.user_id,
            actor=to_plain(by),
            params=to_plain(params),
            total=total,
            queued_at=at,
            # due at once, whichever clock `at` was read from
            next_try_at=Least(Value(at, output_field=DateTimeField()), Now()),
        )
        _record(job, verb="job.started", by=by, at=at)
        wake_at_commit(job.id)
    return job


def cancel(*, job_id: UUID, by: Actor, at: datetime) -> Job:
    """Have a job stop: at once if it has not begun, else before its next chunk. What was done stays done."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.is_over:
            raise CannotCancel()
        if job.status == JobStatus.QUEUED:
            move(job, to=JobStatus.CANCELLED, transitions=TRANSITIONS, ended_at=at, cancel_requested_at=at)
            _publish_end(job, at=at)
        elif job.cancel_requested_at is None:
            job.cancel_requested_at = at
            job.save(update_fields=["cancel_requested_at"])
        _record(job, verb="job.cancelled", by=by, at=at)
    return job


def retry(*, job_id: UUID, by: Actor, at: datetime) -> Job:
    """Have a failed job go on from where it failed."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        move(
            job,
            to=JobStatus.QUEUED,
            transitions=TRANSITIONS,
            ended_at=None,
            attempts=0,
            last_error="",
            refusal=None,
            next_try_at=at,
            cancel_requested_at=None,
        )
        _record(job, verb="job.retried", by=by, at=at)
        wake_at_commit(job.id)
    return job


def progress_of(job: Job) -> Progress:
    """How far it has come."""
    return measure(
        handled=job.handled,
        total=job.total,
        started_at=job.started_at,
        progressed_at=job.progressed_at,
        is_over=job.is_over,
    )


def title_of(job: Job) -> str:
    """What the job is called, in the reader's language."""
    definition = _definitions.get(job.kind)
    if definition is None:
        return job.kind
    title = gettext(definition.title)
    return title % job.params if "%(" in title else title


def outcomes_of(job: Job) -> list[tuple[str, int, str]]:
    """Word, number and kind of state of each count, in the reader's language, as the look's job card takes them."""
    definition = _definitions.get(job.kind)
    words = definition.outcomes if definition else {}
    ordered = [*words, *(name for name in job.counts if name not in words)]
    return [(gettext(words.get(name, name)), job.counts[name], "") for name in ordered if name in job.counts]


def result_label_of(job: Job) -> str:
    """What the job made, in the reader's language; '' if it made nothing."""
    label = (job.result or {}).get("label", "")
    return gettext(label) if label else ""


# --- The worker's side ---


def wake_at_commit(job_id: UUID) -> None:
    """Ask a worker to begin after commit. Without a broker it is left to the sweeper."""
    transaction.on_commit(lambda: wake(job_id), robust=True)


def wake(job_id: UUID) -> None:
    """Ask a worker to take the job now."""
    try:
        current_app.tasks[RUN_TASK].apply_async(kwargs={"job_id": str(job_id)}, retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as outage:
        logger.warning("The queue cannot be reached (%s): the sweeper will start the job.", type(outage).__name__)


def due(*, at: datetime, limit: int = 100) -> list[UUID]:
    """The jobs that wait for a worker, those left by a crashed one included."""
    return list(_claimable(at=at).order_by("next_try_at").values_list("id", flat=True)[:limit])


def claim(*, job_id: UUID, at: datetime) -> UUID | None:
    """Take a job that waits, or that a crashed worker left; the token of the lease, or None if there is nothing to do.

    Taking over from a crashed worker counts as a failure of its chunk, so that one that kills workers ends too.
    """
    with transaction.atomic():
        job = _claimable(at=at).filter(pk=job_id).select_for_update(skip_locked=True).first()
        if job is None:
            return None
        job.attempts += job.status == JobStatus.RUNNING
        if job.attempts >= MAX_ATTEMPTS:
            _fail(job, error=_GONE, at=at)
            return None
        token = new_id()
        Job.objects.filter(pk=job.pk).update(
            status=JobStatus.RUNNING,
            attempts=job.attempts,
            lease_token=token,
            lease_until=at + _lease_of(job),
            started_at=Coalesce(F("started_at"), at),
        )
    return token


def run_chunk(*, job_id: UUID, token: UUID, at: datetime) -> bool:
    """Do the next chunk under the lease; whether there is another one to do."""
    job = _renew(job_id=job_id, token=token, at=at)
    if job is None:
        return False
    if job.cancel_requested_at is not None:
        _stop(job, at=at)
        return False
    try:
        with transaction.atomic():
            outcome = _definitions[job.kind].step(_chunk_of(job, at=at))
            _advance(job, outcome=outcome, at=at)
    except _LeaseLost:
        logger.warning("Job %s was taken over by another worker; this chunk was rolled back.", job.id)
        return False
    except Exception as failure:  # whatever it is, the job waits and tries again, then fails with the reason
        logger.exception("Job %s (%s) failed in a chunk", job.id, job.kind)
        _note_failure(job, failure=failure, at=at)
        return False
    return outcome.cursor is not None


def hand_over(*, job_id: UUID, token: UUID, at: datetime) -> None:
    """Put a job back into the queue between two chunks, so that others get their turn."""
    with transaction.atomic():
        freed = _mine(job_id=job_id, token=token).update(
            status=JobStatus.QUEUED, lease_token=None, lease_until=None, next_try_at=at
        )
        if freed:
            wake_at_commit(job_id)


def run_to_end(*, job_id: UUID, at: datetime) -> Job:
    """Do all chunks here and now, until the job ends or has to wait after a failure; for tests and the story player."""
    while (token := claim(job_id=job_id, at=at)) is not None:
        while run_chunk(job_id=job_id, token=token, at=at):
            pass
    return Job.objects.get(pk=job_id)


def _claimable(*, at: datetime) -> QuerySet[Job]:
    waits = Q(status=JobStatus.QUEUED, next_try_at__lte=at)
    was_left = Q(status=JobStatus.RUNNING, lease_until__lte=at)
    return Job.objects.filter(waits | was_left)


def _mine(*, job_id: UUID, token: UUID | None) -> QuerySet[Job]:
    return Job.objects.filter(pk=job_id, status=JobStatus.RUNNING, lease_token=token)


def _lease_of(job: Job) -> timedelta:
    definition = _definitions.get(job.kind)
    return definition.lease if definition else timedelta(seconds=60)


def _renew(*, job_id: UUID, token: UUID, at: datetime) -> Job | None:
    job = _mine(job_id=job_id, token=token).first()
    if job is None:
        return None
    renewed = _mine(job_id=job_id, token=token).update(lease_until=at + _lease_of(job))
    return job if renewed else None


def _chunk_of(job: Job, *, at: datetime) -> Chunk:
    return Chunk(
        job_id=job.id,
        account_id=job.account_id,
        params=job.params,
        cursor=job.cursor,
        total=job.total,
        by=from_plain(Actor, job.actor),
        at=at,
    )


def _advance(job: Job, *, outcome: Outcome, at: datetime) -> None:
    """Write what the chunk has brought, in its transaction, if the lease still holds."""
    room = max(0, KEEP_PROBLEMS - len(job.problems))
    facts: dict[str, Any] = {
        "cursor": to_plain(outcome.cursor),
        "handled": job.handled + outcome.handled,
        "total": job.total if outcome.total is None else outcome.total,
        "counts": _summed(job.counts, outcome.counts),
        "problems": [*job.problems, *to_plain(list(outcome.problems[:room]))],
        "problem_count": job.problem_count + len(outcome.problems),
        "progressed_at": at,
        "attempts": 0,
        "last_error": "",
        "refusal": None,
    }
    if outcome.result is not None:
        facts["result"] = to_plain(outcome.result)
    if outcome.cursor is None:
        _end(job, to=JobStatus.DONE, at=at, **facts)
    elif _mine(job_id=job.id, token=job.lease_token).update(**facts) != 1:
        raise _LeaseLost


def _summed(known: Mapping[str, int], added: Mapping[str, int]) -> dict[str, int]:
    return {name: known.get(name, 0) + added.get(name, 0) for name in {**known, **added}}


def _end(job: Job, *, to: JobStatus, at: datetime, **facts: Any) -> None:
    """Move a running job to its end and say so, if the lease still holds; inside a transaction."""
    if to not in TRANSITIONS[JobStatus.RUNNING]:
        raise ForbiddenMove(now=job.status, to=to)
    ended = _mine(job_id=job.id, token=job.lease_token).update(
        status=to, ended_at=at, lease_token=None, lease_until=None, **facts
    )
    if ended != 1:
        raise _LeaseLost
    job.status = to
    _publish_end(job, at=at)


def _stop(job: Job, *, at: datetime) -> None:
    try:
        with transaction.atomic():
            _end(job, to=JobStatus.CANCELLED, at=at)
    except _LeaseLost:
        logger.warning("Job %s was taken over by another worker, which will cancel it.", job.id)


def _fail(job: Job, *, error: str, refusal: dict[str, Any] | None = None, at: datetime) -> None:
    _end(job, to=JobStatus.FAILED, at=at, last_error=error, refusal=refusal, attempts=job.attempts)


def _note_failure(job: Job, *, failure: Exception, at: datetime) -> None:
    error, attempts = trouble.describe(failure), job.attempts + 1
    refusal = _told_of(failure)
    job.attempts = attempts
    try:
        with transaction.atomic():
            if attempts >= MAX_ATTEMPTS:
                _fail(job, error=error, refusal=refusal, at=at)
                return
            wait = backoff.delay(attempt=attempts, dice=secrets.randbelow(1001) / 1000)
            _mine(job_id=job.id, token=job.lease_token).update(
                status=JobStatus.QUEUED,
                lease_token=None,
                lease_until=None,
                attempts=attempts,
                last_error=error,
                refusal=refusal,
                next_try_at=at + wait,
            )
    except _LeaseLost:
        logger.warning("Job %s was taken over by another worker; its failure here does not count.", job.id)


def _told_of(failure: Exception) -> dict[str, Any] | None:
    """A refusal is said for people, so whoever waits for the job may read it; any other failure is not."""
    if not isinstance(failure, Refusal):
        return None
    told = {name: str(fact) for name, fact in failure.facts.items() if f"%({name})" in failure.text}
    return {"code": failure.code, "text": failure.text, "facts": told}


def _publish_end(job: Job, *, at: datetime) -> None:
    outbox.publish(
        JobFinished(
            account_id=job.account_id, job_id=job.id, kind=job.kind, status=str(job.status), user_id=job.user_id
        ),
        at,
    )


def _record(job: Job, *, verb: str, by: Actor, at: datetime) -> None:
    audit.record(
        by=by,
        verb=verb,
        subject_kind="job",
        subject_id=job.id,
        account_id=job.account_id,
        at=at,
        after={"kind": job.kind, "status": job.status},
    )
