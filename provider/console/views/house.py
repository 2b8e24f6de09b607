"""The house itself: facts on their way, regions, invitations that nobody took."""

from __future__ import annotations

import json
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from provider.accounts.operations.regions import add_region, set_region_open
from provider.console import queries
from provider.console.forms import ReasonForm, RegionForm
from provider.console.operations.invitations import resend_expired
from provider.console.operations.outbox import retry_all, retry_event
from provider.kernel import clock, outbox
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.models import OutboxEvent, OutboxStatus
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import BulkAct, Column, Table

STUCK = Table(
    key="stuck",
    columns=[
        Column("at", gettext_lazy("Since"), kind="instant", sort="id", is_fixed=True),
        Column(
            "name", gettext_lazy("What happened"), kind="mono",
            href=lambda row: reverse("console:outbox_event", args=[row.id]),
        ),
        Column("attempts", gettext_lazy("Tries"), kind="number", sort="attempts"),
        Column("last_error", gettext_lazy("What went wrong")),
        Column(
            "retry", gettext_lazy("What to do"), kind="template", template="console/parts/retry.html", is_fixed=True
        ),
    ],
    sort="-id",
    counted=ngettext_lazy("%(count)s event", "%(count)s events", "number"),
    empty_title=gettext_lazy("Nothing is stuck"),
    empty_text=gettext_lazy("Every event has reached everybody who waits for it, or is on its way."),
)  # fmt: skip
_STATES: Final = {
    OutboxStatus.WAITING.value: (gettext_lazy("Waiting"), ""),
    OutboxStatus.STUCK.value: (gettext_lazy("Stuck"), "bad"),
    OutboxStatus.DELIVERED.value: (gettext_lazy("Delivered"), "ok"),
}

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
    bulk=[
        BulkAct(gettext_lazy("Send again"), "/operator/invitations/resend/", icon="send", may="accounts.manage"),
    ],
    counted=ngettext_lazy("%(count)s invitation", "%(count)s invitations", "number"),
    empty_title=gettext_lazy("No invitation has expired"),
    empty_text=gettext_lazy("Those that nobody takes within their time appear here."),
)  # fmt: skip


BRANDS = Table(
    key="brands",
    columns=[
        Column("name", gettext_lazy("Name"), sort="name", is_fixed=True),
        Column(
            "account", gettext_lazy("Account"), value="account_name",
            href=lambda row: reverse("console:account", args=[row.account_id]) if row.account_id else "",
        ),
        Column("accent", gettext_lazy("Colour"), kind="template", template="console/parts/accent.html"),
        Column("support_email", gettext_lazy("E-mail of support")),
        Column("support_phone", gettext_lazy("Telephone of support")),
        Column("created_at", gettext_lazy("Since"), kind="date", sort="created_at"),
    ],
    sort="name",
    counted=ngettext_lazy("%(count)s brand", "%(count)s brands", "number"),
    empty_title=gettext_lazy("No brands"),
    empty_text=gettext_lazy("The provider and every reseller bring their own name and colour; they appear here."),
)  # fmt: skip


@allow("console.view")
@require_safe
def outbox_list(request: HttpRequest) -> HttpResponseBase:
    """Which facts are stuck, and why?"""
    context = {
        "stuck_count": queries.stuck_events().count(),
        "waiting_count": queries.waiting_events().count(),
        "may_retry": actor_of(request).may("outbox.manage"),
    }
    return STUCK.answer(request, rows=queries.stuck_events(), template="console/outbox.html", context=context)


@allow("console.view")
@require_safe
def outbox_event(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """What does this fact say, who has been told, and what went wrong?"""
    return _event_page(request, event=queries.access_event(event_id), form=ReasonForm())


@allow("outbox.manage")
@require_POST
def outbox_retry(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Try a stuck fact again, with a reason; without one, its page asks for it."""
    event = queries.access_event(event_id)
    if "reason" not in request.POST:
        return redirect("console:outbox_event", event_id=event.id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _event_page(request, event=event, form=form)
    retry_event(event_id=event.id, reason=form.cleaned_data["reason"], by=actor_of(request), at=clock.now())
    toasts.done(request, _("It is tried again now."))
    return redirect("console:outbox")


@allow("outbox.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def outbox_retry_all(request: HttpRequest) -> HttpResponse:
    """Have all stuck facts tried again?"""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number = retry_all(reason=form.cleaned_data["reason"], by=actor_of(request), at=clock.now())
        text = ngettext("%(count)s event is tried again.", "%(count)s events are tried again.", number)
        toasts.done(request, text % {"count": number})
        return redirect("console:outbox")
    return render(request, "console/outbox_retry.html", {"form": form, "count": queries.stuck_events().count()})


def _event_page(request: HttpRequest, *, event: OutboxEvent, form: ReasonForm) -> HttpResponse:
    done = queries.receipts_of(event)
    word, kind = _STATES[event.status]
    context = {
        "event": event,
        "state": word,
        "state_kind": kind,
        "form": form,
        "payload": json.dumps(event.payload, ensure_ascii=False, indent=2),
        "handlers": [(name, done.get(name)) for name in outbox.handlers_of(event.name)],
    }
    return render(request, "console/outbox_event.html", context)


@allow("accounts.view")
@require_safe
def invitation_list(request: HttpRequest) -> HttpResponseBase:
    """Which invitations did nobody take in time?"""
    rows = queries.expired_invitations(at=clock.now())
    return EXPIRED.answer(request, rows=rows, template="console/invitations.html")


@allow("accounts.manage")
@require_POST
def invitation_resend_all(request: HttpRequest) -> HttpResponse:
    """Send the ticked ones again, or all that the list shows, as one job."""
    at = clock.now()
    chosen = EXPIRED.chosen(request, rows=queries.expired_invitations(at=at))
    job = resend_expired(ids=list(chosen.values_list("id", flat=True)), by=actor_of(request), at=at)
    text = ngettext("%(count)s invitation is sent again.", "%(count)s invitations are sent again.", job.total or 0)
    toasts.done(request, text % {"count": job.total}, href=f"/jobs/{job.id}/", label=_("Watch"))
    return redirect("console:invitations")


@allow("console.view")
@require_safe
def brand_list(request: HttpRequest) -> HttpResponseBase:
    """In whose name and colours do pages and letters appear?"""
    return BRANDS.answer(request, rows=queries.brands(), template="console/brands.html")


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
