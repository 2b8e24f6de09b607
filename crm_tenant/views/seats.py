"""Seats: who works in the CRM, what it costs, who is invited."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm_tenant.forms.seats import InviteForm
from crm_tenant.operations.workspaces import free_seat, take_seat
from crm_tenant.queries.desk import Desk
from crm_tenant.queries.seats import seats_of
from provider.accounts.models import Membership
from provider.accounts.operations.team import invite_member
from provider.accounts.queries import access_member, account_of
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import toasts

from .desk import managed


@managed
@require_safe
def seat_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Who works in the CRM, and what does it cost?"""
    return render(request, "crm_tenant/seats.html", _context(desk))


def _context(desk: Desk) -> dict[str, Any]:
    found = seats_of(account_id=desk.workspace.account_id, at=clock.now())
    return {"desk": desk, "seats": found, "is_trial": desk.access.state == "trial", "now": clock.now()}


@managed
@require_http_methods(["GET", "HEAD", "POST"])
def seat_invite(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Whom do you want to invite, and what will it cost?"""
    account = account_of(request)
    form = InviteForm(request.POST or None, country=account.country, initial={"language": translation.get_language()})
    context = _context(desk)
    if request.method == "POST" and form.is_valid():
        try:
            by = actor_of(request)
            account_id = desk.workspace.account_id
            invite_member(account_id=account_id, portal=by.portal, by=by, at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            words = {"address": form.cleaned_data["contact"]}
            toasts.done(request, _("The invitation is on its way to %(address)s.") % words)
            return redirect("crm_tenant:seat_list")
    return render(request, "crm_tenant/seat_invite.html", context | {"form": form})


@managed
@require_POST
def seat_free(request: HttpRequest, desk: Desk, membership_id: UUID) -> HttpResponseBase:
    """Take a member's seat away; they stay in the team, and their deals keep their name."""
    member = _member(request, desk, membership_id)
    free_seat(workspace_id=desk.workspace_id, user_id=member.user_id, by=actor_of(request), at=desk.at)
    undo = f"/crm/seats/{membership_id}/give/"
    toasts.done(request, _("%(name)s has no seat any more.") % {"name": member.user}, undo=undo)
    return redirect("crm_tenant:seat_list")


@managed
@require_POST
def seat_give(request: HttpRequest, desk: Desk, membership_id: UUID) -> HttpResponseBase:
    """Give a member a seat; one who had one before finds their deals as they left them."""
    member = _member(request, desk, membership_id)
    take_seat(
        workspace_id=desk.workspace_id, user_id=member.user_id, name=str(member.user), by=actor_of(request), at=desk.at
    )
    toasts.done(request, _("%(name)s has a seat now.") % {"name": member.user})
    return redirect("crm_tenant:seat_list")


def _member(request: HttpRequest, desk: Desk, membership_id: UUID) -> Membership:
    portal = actor_of(request).portal
    return access_member(account_id=desk.workspace.account_id, portal=portal, membership_id=membership_id)
