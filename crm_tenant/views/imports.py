"""Imports: choose files, see what they mean and what is wrong in them, read them in, take them back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm_tenant.forms.imports import UploadForm
from crm_tenant.models import Import, ImportFile, ImportKind, ImportStatus
from crm_tenant.operations.imports import leave_out, map_columns, start_import, take_files, undo_import
from crm_tenant.queries import imports as queries
from crm_tenant.queries.desk import Desk, usual_stages
from crm_tenant.rules.importing import FIELDS, KEEP, SKIP, missing_fields
from crm_tenant.rules.made_up import Sample, deals_as_csv
from crm_tenant.rules.samples import sample_file
from provider.kernel.doors import actor_of
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.models import Job
from provider.kernel.wording import say
from provider.look import toasts

from .desk import managed

MOST_SAMPLE_DEALS = 10_000
_FIELD_NAMES = {
    "name": gettext_noop("Name"), "manager": gettext_noop("Manager"), "team": gettext_noop("Team"),
    "industry": gettext_noop("Industry"), "phones": gettext_noop("Telephone"), "emails": gettext_noop("E-mail"),
    "website": gettext_noop("Website"), "address": gettext_noop("Address"),
    "employee_count": gettext_noop("Employees"), "parent": gettext_noop("Belongs to the company"),
    "owner": gettext_noop("Owned by"), "external_ref": gettext_noop("Number in the other system"),
    "about": gettext_noop("Notes"), "company": gettext_noop("Company"),
    "title": gettext_noop("Position"), "stage": gettext_noop("Stage"), "person": gettext_noop("Person"),
    "amount": gettext_noop("Amount"), "currency": gettext_noop("Currency"), "created_on": gettext_noop("Created"),
    "expected_close_on": gettext_noop("Expected to close"), "closed_on": gettext_noop("Closed on"),
    "reason": gettext_noop("Reason"),
}  # fmt: skip


@managed
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Which files were read in, and choose new ones."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        uploads = [(str(file.name), file) for file in request.FILES.getlist("csv_files")]
        try:
            batch = take_files(
                workspace=desk.workspace, uploads=uploads, batch_id=None, by=actor_of(request), at=desk.at
            )
        except Refusal as refusal:
            form.add_error("csv_files", say(refusal))
        else:
            return redirect("crm_tenant:import", import_id=batch.id)
    return render(
        request, "crm_tenant/imports.html", {"form": form, "imports": queries.latest_imports(most=20), "desk": desk}
    )


@managed
@require_safe
def import_sample(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The file to try it with, in the reader's language: a few lines, or so many made-up deals."""
    asked, language = request.GET.get("deals", ""), translation.get_language() or "en"
    if asked.isascii() and asked.isdigit() and 1 <= int(asked[:7]) <= MOST_SAMPLE_DEALS:
        today = timezone.localtime(desk.at).date()
        sample = Sample(deals=int(asked), language=language, today=today, currency=desk.workspace.currency)
        content = deals_as_csv(sample)
    else:
        content = sample_file(language)
    headers = {"Content-Disposition": 'attachment; filename="deals.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@managed
@require_safe
def import_page(request: HttpRequest, desk: Desk, import_id: UUID) -> HttpResponse:
    """What do the files mean, and what is wrong in them? Afterwards: how did it go?"""
    batch = queries.access_import(import_id)
    files = queries.files_of(batch)
    job = Job.objects.filter(pk=batch.job_id).first() if batch.job_id else None
    shown = [_shown(file, desk) for file in files]
    context = {
        "batch": batch,
        "job": job,
        "is_draft": batch.status == ImportStatus.DRAFT,
        "may_undo": _may_undo(batch, job),
        "files": shown,
        "blocked_by": next((one["file"].name for one in shown if one["missing"]), ""),
        "row_count": sum(file.row_count for file in files),
        "kinds": ImportKind.choices,
        "stages": usual_stages(),
        "keep": KEEP,
    }
    return render(request, "crm_tenant/import.html", context)


def _may_undo(batch: Import, job: Job | None) -> bool:
    return batch.status not in (ImportStatus.DRAFT, ImportStatus.UNDONE) and job is not None and job.is_over


def _shown(file: ImportFile, desk: Desk) -> dict[str, Any]:
    """A file as its card shows it."""
    plan = queries.plan_of(file, currency=desk.workspace.currency)
    sheet = queries.sheet_of(file)
    first = [cells for _number, cells in zip(range(3), (cells for _, cells in sheet.rows()), strict=False)]
    options = [(SKIP, _("Leave out")), (KEEP, _("Keep as it is"))]
    options += [(name, _(_FIELD_NAMES[name])) for name in FIELDS[file.kind]]
    columns = [
        {
            "number": number,
            "name": column,
            "field": file.mapping.get(str(number), SKIP),
            "examples": [row[number] for row in first if number < len(row) and row[number]],
        }
        for number, column in enumerate(file.columns)
    ]
    problems = [{"row": one["row"], "text": _worded(one), "is_fatal": one["is_fatal"]} for one in file.problems]
    missing = [_(_FIELD_NAMES[name]) for name in missing_fields(plan)]
    return {"file": file, "columns": columns, "options": options, "problems": problems, "missing": missing}


def _worded(problem: dict[str, Any]) -> str:
    sentence = problem["text"]
    text = _(sentence)
    return text % problem["facts"] if "%(" in text else text


@managed
@require_POST
def import_map(request: HttpRequest, desk: Desk, import_id: UUID, file_id: UUID) -> HttpResponseBase:
    """Say what a file and its columns mean."""
    file = _file(import_id, file_id)
    kind = request.POST.get("kind", file.kind)
    mapping = {str(number): request.POST.get(f"column_{number}", SKIP) for number in range(len(file.columns))}
    stages = {word: request.POST.get(f"stage_{place}", "") for place, word in enumerate(file.stages)}
    map_columns(
        workspace=desk.workspace, file_id=file.id, kind=kind if kind in ImportKind.values else file.kind,
        mapping=mapping, stages=stages, by=actor_of(request), at=desk.at,
    )  # fmt: skip
    return redirect("crm_tenant:import", import_id=import_id)


@managed
@require_POST
def import_leave_out(request: HttpRequest, desk: Desk, import_id: UUID, file_id: UUID) -> HttpResponseBase:
    """Take a file out of the import."""
    file = _file(import_id, file_id)
    leave_out(workspace_id=desk.workspace_id, file_id=file.id, by=actor_of(request), at=desk.at)
    toasts.done(request, _("%(name)s is left out.") % {"name": file.name})
    return redirect("crm_tenant:import", import_id=import_id)


@managed
@require_POST
def import_start(request: HttpRequest, desk: Desk, import_id: UUID) -> HttpResponseBase:
    """Read the files in."""
    batch = start_import(workspace=desk.workspace, batch_id=import_id, by=actor_of(request), at=desk.at)
    return redirect(reverse("kernel:job", args=[batch.job_id]))


@managed
@require_POST
def import_undo(request: HttpRequest, desk: Desk, import_id: UUID) -> HttpResponseBase:
    """Take an import back."""
    job_id = queries.access_import(import_id).job_id
    job = Job.objects.filter(pk=job_id).first() if job_id else None
    batch = undo_import(
        workspace=desk.workspace, batch_id=import_id, is_over=job is None or job.is_over, by=actor_of(request),
        at=desk.at,
    )  # fmt: skip
    return redirect(reverse("kernel:job", args=[batch.job_id]))


def _file(import_id: UUID, file_id: UUID) -> ImportFile:
    file = queries.access_import_file(file_id)
    if file.batch_id != import_id:
        raise NotFound()
    return file
