"""The house itself: facts on their way, regions, invitations that nobody took."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from provider.accounts.operations.regions import add_region, set_region_open
from provider.console import queries
from provider.console.forms import RegionForm
from provider.kernel import clock, outbox
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Column, Table

STUCK = Table(
    key="stuck",
    columns=[
        Column("at", gettext_lazy("Since"), kind="instant", sort="id", is_fixed=True),
        Column("name", gettext_lazy("What happened"), kind="mono"),
        Column("attempts", gettext_lazy("Tries"), kind="number", sort="attempts"),
        Column("last_error", gettext_lazy("What went wrong")),
        Column("retry", "", kind="template", template="console/parts/retry.html", is_fixed=True),
    ],
    sort="-id",
    row_name=gettext_lazy("facts"),
    empty_title=gettext_lazy("Nothing is stuck"),
    empty_text=gettext_lazy("Every fact has reached everybody who waits for it, or is on its way."),
)

EXPIRED = Table(
    key="expired-invitations",
    columns=[
        Column(
            "account", gettext_lazy("Account"), value="account.name", is_fixed=True,
            href=lambda row: reverse("console:account_members", args=[row.account_id]),
        ),
        Column("to", gettext_lazy("Invited"), value=lambda row: row.email or row.phone),
        Column("expires_at", gettext_lazy("Expired"), kind="date", sort="expires_at"),
    ],
    sort="expires_at",
    row_name=gettext_lazy("invitations"),
    empty_title=gettext_lazy("No invitation has expired"),
    empty_text=gettext_lazy("Those that nobody takes within their time appear here."),
)  # fmt: skip


@allow("console.view")
@require_safe
def outbox_list(request: HttpRequest) -> HttpResponseBase:
    """Which facts are stuck, and why?"""
    context = {"waiting_count": queries.waiting_events().count(), "may_retry": actor_of(request).may("outbox.manage")}
    return STUCK.answer(request, rows=queries.stuck_events(), template="console/outbox.html", context=context)


@allow("outbox.manage")
@require_POST
def outbox_retry(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Try a stuck fact again."""
    outbox.retry(event_id=event_id, at=clock.now())
    toasts.done(request, _("It is tried again now."))
    return redirect("console:outbox")


@allow("accounts.view")
@require_safe
def invitation_list(request: HttpRequest) -> HttpResponseBase:
    """Which invitations did nobody take in time?"""
    rows = queries.expired_invitations(at=clock.now())
    return EXPIRED.answer(request, rows=rows, template="console/invitations.html")


@allow("console.view")
@require_safe
def region_list(request: HttpRequest) -> HttpResponse:
    """Where may workspaces live?"""
    context = {"regions": list(queries.regions()), "may_change": actor_of(request).may("regions.manage")}
    return render(request, "console/regions.html", context)


@allow("regions.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def region_new(request: HttpRequest) -> HttpResponse:
    """Add a region, closed at first."""
    cells = [name for name in settings.DATABASES if name != "owner"]
    form = RegionForm(request.POST or None, cells=cells, initial={"cell": "default"})
    if request.method == "POST" and form.is_valid():
        try:
            add_region(details=form.details(), by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The region is there, closed. Open it when its database is ready."))
            return redirect("console:regions")
    return render(request, "console/region_new.html", {"form": form})


@allow("regions.manage")
@require_POST
def region_open(request: HttpRequest, code: str) -> HttpResponse:
    """Open a region for new accounts, or close it."""
    region = queries.access_region(code)
    is_open = request.POST.get("open") == "yes"
    set_region_open(region_code=region.code, is_open=is_open, by=actor_of(request), at=clock.now())
    toasts.done(request, _("New accounts may choose it.") if is_open else _("New accounts no longer see it."))
    return redirect("console:regions")
