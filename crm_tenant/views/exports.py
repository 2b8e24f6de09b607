"""Everything that is in the workspace, to take along; for the owner also while the account is dormant."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods

from crm_tenant.operations.exporting import start_export
from crm_tenant.queries.desk import Desk
from crm_tenant.queries.exports import exports_of, parts_of
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.look.progress import state_of

from .desk import at_desk


def export_page(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """What is in it, and which exports are there?"""
    if desk.access.state == "dormant" and not actor_of(request).may("subscription.manage"):
        return render(request, "crm_tenant/dormant.html", {"access": desk.access}, status=402)
    if request.method == "POST":
        return _start(request, desk)
    exports = [(job, *state_of(job)) for job in exports_of(account_id=desk.workspace.account_id)]
    context = {"desk": desk, "parts": parts_of(), "exports": exports}
    return render(request, "crm_tenant/exports.html", context)


def _start(request: HttpRequest, desk: Desk) -> HttpResponse:
    job = start_export(
        workspace=desk.workspace, language=translation.get_language() or "en", by=actor_of(request), at=clock.now()
    )
    return redirect(reverse("kernel:job", args=[job.id]))


export = at_desk(require_http_methods(["GET", "HEAD", "POST"])(export_page), permission="crm.manage", when_dormant=True)
