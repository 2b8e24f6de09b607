"""Long work, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Query, Router
from pydantic import Field, WithJsonSchema

from provider.api import queries
from provider.kernel import clock, jobs
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Page, PageAsked, page_of, scope
from provider.kernel.models import Job, JobStatus

router = Router(tags=["Jobs"])
StatusName = Annotated[str, WithJsonSchema({"type": "string", "enum": JobStatus.values})]


class JobProblem(Answer):
    """One thing that did not work."""

    subject: Annotated[str, Field(description=N_("Of what."), examples=["line 17"])]
    code: Annotated[str, Field(examples=["bad_email"])]
    detail: Annotated[str, Field(description=N_("What to do, in your language."))]

    @classmethod
    def of(cls, problem: dict[str, Any]) -> JobProblem:
        facts, text = problem.get("facts") or {}, problem["text"]
        sentence = gettext(text)
        return cls(
            subject=problem["subject"], code=problem.get("code", ""), detail=sentence % facts if facts else sentence
        )


class JobShown(Answer):
    """A piece of long work: how far it has come, and what came of it."""

    id: UUID
    kind: Annotated[str, Field(examples=["invoices.export"])]
    status: Annotated[StatusName, Field(description=N_("`done`, `failed` and `cancelled` are the end."))]
    handled: Annotated[int, Field(description=N_("How many are done."), examples=[480])]
    total: Annotated[int | None, Field(description=N_("Of how many, if that is known."), examples=[960])]
    percent: Annotated[int | None, Field(examples=[50])]
    seconds_left: Annotated[int | None, Field(description=N_("At the rate so far."), examples=[12])]
    counts: Annotated[dict[str, int], Field(description=N_("How many by outcome."), examples=[{"made": 478}])]
    problem_count: int
    problems: Annotated[list[JobProblem], Field(description=N_("The first of them."))]
    is_cancelling: Annotated[bool, Field(description=N_("It will stop before its next part."))]
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> JobShown:
        progress = jobs.progress_of(job)
        return cls(
            id=job.id,
            kind=job.kind,
            status=job.status,
            handled=job.handled,
            total=job.total,
            percent=progress.percent,
            seconds_left=progress.seconds_left,
            counts=job.counts,
            problem_count=job.problem_count,
            problems=[JobProblem.of(problem) for problem in job.problems],
            is_cancelling=job.cancel_requested_at is not None and not job.is_over,
            queued_at=job.queued_at,
            started_at=job.started_at,
            ended_at=job.ended_at,
        )


@router.get(
    "/jobs",
    response=Page[JobShown],
    operation_id="list_jobs",
    summary=N_("List jobs"),
    description=N_("The long work of your key's account, newest first."),
)
@scope("jobs:read")
def list_jobs(request: HttpRequest, response: HttpResponse, asked: Query[PageAsked]) -> dict[str, Any]:
    rows = queries.jobs_open_to_key(actor_of(request))
    return page_of(rows, request=request, response=response, asked=asked, order=("-id",), shape=JobShown.of)


@router.get(
    "/jobs/{job_id}",
    response=JobShown,
    operation_id="read_job",
    summary=N_("Read a job"),
    description=N_("How far one job has come. Ask again every few seconds until it has ended."),
)
@scope("jobs:read")
def read_job(request: HttpRequest, job_id: UUID) -> JobShown:
    return JobShown.of(queries.access_job_by_key(by=actor_of(request), job_id=job_id))


@router.post(
    "/jobs/{job_id}/cancel",
    response=JobShown,
    operation_id="cancel_job",
    summary=N_("Cancel a job"),
    description=N_("At once if it has not begun, else before its next part. What is done stays done."),
)
@scope("jobs:write")
def cancel_job(request: HttpRequest, job_id: UUID) -> JobShown:
    by = actor_of(request)
    job = queries.access_job_by_key(by=by, job_id=job_id)
    return JobShown.of(jobs.cancel(job_id=job.id, by=by, at=clock.now()))
