"""Pages of long work, and the door of files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from . import cursor, files, jobs, queries
from .clock import now
from .doors import actor_of, allow, public
from .models import Job


@allow("jobs.view")
@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """What goes on and what has ended, the latest first."""
    page = cursor.slice_of(
        queries.jobs_for(actor_of(request)),
        name="jobs",
        order=["-id"],
        limit=cursor.USUAL_PER_PAGE,
        cursor=request.GET.get("cursor", ""),
        filters={},
    )
    rows = [{"job": job, "title": jobs.title_of(job), "progress": jobs.progress_of(job)} for job in page.rows]
    return render(request, "kernel/jobs.html", {"rows": rows, "next_cursor": page.next_cursor})


@allow("jobs.view")
@require_GET
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job: how far, how fast, what did not work, what it made."""
    return render(request, "kernel/job.html", _facts(request, job_id=job_id))


@allow("jobs.view")
@require_GET
def job_progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The part of that page that moves. Another page that shows it is loaded anew at the end: there is more to see."""
    facts = _facts(request, job_id=job_id)
    shown_on = urlsplit(request.headers.get("HX-Current-URL", "")).path
    if facts["job"].is_over and shown_on not in ("", reverse("kernel:job", kwargs={"job_id": job_id})):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "kernel/parts/job.html", facts)


@allow("jobs.view")
@require_POST
def job_cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Stop it before its next chunk."""
    found = queries.access_job(job_id=job_id, by=actor_of(request))
    jobs.cancel(job_id=found.id, by=actor_of(request), at=now())
    return redirect("kernel:job", job_id=job_id)


@allow("jobs.view")
@require_POST
def job_retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Go on from where it failed."""
    found = queries.access_job(job_id=job_id, by=actor_of(request))
    jobs.retry(job_id=found.id, by=actor_of(request), at=now())
    return redirect("kernel:job", job_id=job_id)


def _facts(request: HttpRequest, *, job_id: UUID) -> dict[str, Any]:
    found = queries.access_job(job_id=job_id, by=actor_of(request))
    return {
        "job": found,
        "title": jobs.title_of(found),
        "progress": jobs.progress_of(found),
        "outcomes": jobs.outcomes_of(found),
        "result_label": jobs.result_label_of(found),
        "result_url": _result_url(found),
    }


def _result_url(found: Job) -> str:
    result = found.result or {}
    if result.get("file_id"):
        return reverse("kernel:file", kwargs={"file_id": result["file_id"]})
    return str(result.get("url", ""))


@allow("files.view")
@require_GET
def file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """A file of one's own account: leads to a link that expires soon, so that the lasting address stays guarded."""
    found = files.access_file(file_id=file_id, by=actor_of(request))
    return HttpResponseRedirect(files.link(found, at=now()))


@public
@require_GET
def download(request: HttpRequest, purpose: str, token: str) -> HttpResponseBase:
    """The file that a signed link names. Never shown in the browser's page, whatever it holds."""
    found = files.file_of_link(purpose=purpose, token=token, at=now())
    answer = FileResponse(
        files.open_file(found), as_attachment=True, filename=found.name, content_type=found.media_type
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address itself is the key
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
