"""Meters for operators: what is counted, how, how much lately, and which plans count on it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.forms import MeterForm
from plans.operations.catalogue import create_meter
from plans.operations.meters import archive_meter, change_meter
from plans.queries.meters import RECENT_DAYS, access_meter, is_in_use, meter_rows
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import toasts

from .seller import seller_of


@allow("usage.view")
@require_safe
def meter_list(request: HttpRequest) -> HttpResponse:
    """What is counted, and by which plans?"""
    seller = seller_of(request)
    today = local_day(at=clock.now(), zone=ZoneInfo(seller.time_zone))
    context = {
        "rows": meter_rows(seller_id=seller.id, today=today),
        "days": RECENT_DAYS,
        "may_change": actor_of(request).may("usage.manage"),
    }
    return render(request, "plans/meters.html", context)


@allow("usage.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def meter_new(request: HttpRequest) -> HttpResponse:
    """Count something new."""
    form = MeterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            create_meter(seller_id=seller_of(request).id, details=form.details(), by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The meter is there. Put a charge on it, and send it events."))
            return redirect("plans:meters")
    return render(request, "plans/meter_form.html", {"form": form})


@allow("usage.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def meter_edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change a meter: everything while nothing counts on it, then its names."""
    seller = seller_of(request)
    meter = access_meter(seller_id=seller.id, meter_id=number)
    is_used = is_in_use(meter)
    form = MeterForm(request.POST if request.method == "POST" else None, meter=meter, is_used=is_used)
    if request.method == "POST" and form.is_valid():
        try:
            change_meter(
                seller_id=seller.id, meter_id=meter.pk, details=form.details(), by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("Saved."))
            return redirect("plans:meters")
    return render(request, "plans/meter_form.html", {"form": form, "meter": meter, "is_used": is_used})


@allow("usage.manage")
@require_POST
def meter_archive(request: HttpRequest, number: int) -> HttpResponse:
    """Off the list for new charges, or back on it."""
    seller = seller_of(request)
    is_archived = request.POST.get("to") != "list"
    archive_meter(seller_id=seller.id, meter_id=number, is_archived=is_archived, by=actor_of(request), at=clock.now())
    said = _("Archived; what counts on it goes on counting.") if is_archived else _("It is in the list again.")
    toasts.done(request, said)
    return redirect("plans:meters")
