"""What the printer says: its file is read back, spoiled cards leave the stock, others are ordered instead."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from prepaid_cards.forms.print_reports import PrintReportForm
from prepaid_cards.models import CardBatch, CardStatus, PrintReport
from prepaid_cards.operations.print_reports import take_print_report
from prepaid_cards.queries.batches import access_batch
from prepaid_cards.queries.print_reports import print_reports_of, unnamed_in
from provider.kernel import clock, jobs
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.models import Job
from provider.kernel.wording import say
from provider.look import toasts

_WRONG = {
    "unknown": gettext_lazy("no serial of this batch"),
    "no_result": gettext_lazy("neither OK nor spoiled"),
}


@allow("cards.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def print_reports(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Which cards did the printer deliver, and which did it spoil?"""
    batch = access_batch(batch_id)
    is_sent = request.method == "POST"
    form = PrintReportForm(request.POST, request.FILES) if is_sent else PrintReportForm()
    if is_sent and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            take_print_report(batch_id=batch.id, name=file.name, content=file, by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The file is being read."))
            return redirect("prepaid_cards:print_reports", batch_id=batch.id)
    reports = print_reports_of(batch)
    context = {
        "form": form,
        "batch": batch,
        "reports": [_told(report) for report in reports],
        "unnamed": unnamed_in(batch, reports) if reports else None,
        "replacement": _replacement(batch, reports),
    }
    return render(request, "prepaid_cards/print_reports.html", context)


def _told(report: PrintReport) -> dict[str, Any]:
    job = Job.objects.filter(id=report.job_id).first() if report.read_at is None and report.job_id else None
    told: dict[str, Any] = {
        "report": report,
        "problems": [(row, text, _wrong(kind)) for row, text, kind in report.problems],
    }
    if job is not None:
        told |= {
            "job": job, "job_title": jobs.title_of(job), "job_progress": jobs.progress_of(job),
            "job_outcomes": jobs.outcomes_of(job),
        }  # fmt: skip
    return told


def _wrong(kind: str) -> str:
    if kind in _WRONG:
        return str(_WRONG[kind])
    return _("spoiled, but not in the store: %(state)s") % {"state": CardStatus(kind).label}


def _replacement(batch: CardBatch, reports: list[PrintReport]) -> dict[str, Any] | None:
    """An order of as many cards as were spoiled; nothing where none was."""
    count = sum(report.spoiled_count for report in reports)
    if not count:
        return None
    note = _("In place of %(count)s spoiled cards of batch %(prefix)s") % {"count": count, "prefix": batch.prefix}
    wish = {"product": str(batch.product_id), "count": count, "note": note}
    return {"count": count, "url": f"{reverse('prepaid_cards:batch_new')}?{urlencode(wish)}"}
