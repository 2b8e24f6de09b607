"""The team of an account: who works here, in which role, and who is invited."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from provider.accounts.forms.team import HandOverForm, InviteForm, RoleForm
from provider.accounts.forms.visitor import country_of
from provider.accounts.operations.locks import home, person
from provider.accounts.operations.ownership import accept_ownership, decline_ownership, offer_ownership
from provider.accounts.operations.team import (
    change_role,
    invite_member,
    remove_member,
    resend_invitation,
    revoke_invitation,
)
from provider.accounts.queries import access_member, access_offer, open_invitations, open_offers, team_of
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import View, actor_of, allow, signed_in
from provider.kernel.errors import Refusal
from provider.kernel.wording import say


def fresh(view: View) -> View:
    """What is dangerous is done only by somebody who has proved in the last ten minutes who they are."""
    wrapped: View = reauthentication_required(app="allauth.account", allow_get=True)(view)
    return wrapped


@allow("team.view")
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """Who works here, and who is invited?"""
    by, at = actor_of(request), clock.now()
    context = {
        "members": list(team_of(account_id=home(by), portal=by.portal)),
        "invitations": list(open_invitations(account_id=home(by), portal=by.portal)),
        "offers": list(open_offers(account_id=home(by), portal=by.portal, user_id=by.user_id, at=at)),
        "now": at,
    }
    return render(request, "accounts/team.html", context)


@allow("team.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Whom do you want to invite, as what?"""
    by = actor_of(request)
    form = InviteForm(
        request.POST or None, portal=by.portal, giver=by.role, country=country_of(request),
        initial={"language": translation.get_language()},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            invite_member(account_id=home(by), portal=by.portal, by=by, at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            to = {"address": form.cleaned_data["contact"]}
            messages.success(request, gettext("The invitation is on its way to %(address)s.") % to)
            return redirect("team")
    return render(request, "accounts/team_invite.html", {"form": form})


@allow("team.manage")
@require_POST
def invitation_resend(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again."""
    by = actor_of(request)
    resend_invitation(account_id=home(by), invitation_id=invitation_id, by=by, at=clock.now())
    messages.success(request, gettext("Sent again, with a new link. The old one no longer works."))
    return redirect("team")


@allow("team.manage")
@require_POST
def invitation_revoke(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    by = actor_of(request)
    revoke_invitation(account_id=home(by), invitation_id=invitation_id, by=by, at=clock.now())
    messages.success(request, gettext("The invitation is revoked; its link no longer works."))
    return redirect("team")


@allow("team.manage")
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def member_role(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Which role should this member have?"""
    by = actor_of(request)
    member = access_member(account_id=home(by), portal=by.portal, membership_id=membership_id)
    form = RoleForm(request.POST or None, portal=by.portal, giver=by.role, initial={"role": member.role})
    if request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"]
        try:
            change_role(account_id=home(by), membership_id=member.id, role=role, by=by, at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            messages.success(request, gettext("%(name)s has the new role.") % {"name": member.user})
            return redirect("team")
    return render(request, "accounts/team_role.html", {"form": form, "member": member})


@allow("team.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Take this member out of the account?"""
    by = actor_of(request)
    member = access_member(account_id=home(by), portal=by.portal, membership_id=membership_id)
    return _remove(request, by=by, membership_id=member.id, context={"member": member}, then="team")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the account in which one works?"""
    membership = request.membership  # type: ignore[attr-defined]
    if membership is None or request.acting is not None:  # type: ignore[attr-defined]
        return redirect("places")
    context = {"member": membership, "is_leaving": True}
    return _remove(request, by=actor_of(request), membership_id=membership.id, context=context, then="front_door")


@allow("ownership.transfer")
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """Who should be the owner from now on?"""
    by = actor_of(request)
    others = [member for member in team_of(account_id=home(by), portal=by.portal) if member.user_id != by.user_id]
    form = HandOverForm(request.POST or None, portal=by.portal, members=others)
    if request.method == "POST" and form.is_valid():
        try:
            offer_ownership(
                account_id=home(by),
                to_membership_id=UUID(form.cleaned_data["to_membership"]),
                next_role=form.cleaned_data["next_role"],
                by=by,
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            messages.success(request, gettext("The offer is on its way. Nothing changes until it is accepted."))
            return redirect("team")
    return render(request, "accounts/hand_over.html", {"form": form, "others": others})


@signed_in
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def ownership_offer(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Take the account over?"""
    by, at = actor_of(request), clock.now()
    offer = access_offer(offer_id=offer_id, user_id=person(by))
    context: dict[str, Any] = {"offer": offer, "is_open": offer.status == "open" and at < offer.expires_at}
    if request.method != "POST":
        return render(request, "accounts/ownership_offer.html", context)
    settle = decline_ownership if request.POST.get("answer") == "decline" else accept_ownership
    try:
        settle(account_id=offer.account_id, offer_id=offer.id, by=by, at=at)
    except Refusal as refusal:
        return render(request, "accounts/ownership_offer.html", context | {"refusal": say(refusal)}, status=409)
    messages.success(
        request,
        gettext("You declined the offer.") if settle is decline_ownership else gettext("The account is yours now."),
    )
    return redirect("front_door")


@allow("ownership.transfer")
@require_POST
def ownership_withdraw(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Take the offer back."""
    by = actor_of(request)
    decline_ownership(account_id=home(by), offer_id=offer_id, by=by, at=clock.now())
    messages.success(request, gettext("The offer is withdrawn."))
    return redirect("team")


def _remove(
    request: HttpRequest, *, by: Actor, membership_id: UUID, context: dict[str, Any], then: str
) -> HttpResponse:
    if request.method == "POST":
        try:
            remove_member(account_id=home(by), membership_id=membership_id, by=by, at=clock.now())
        except Refusal as refusal:
            context = context | {"refusal": say(refusal)}
        else:
            messages.success(request, gettext("Done. Nothing that they made is lost."))
            return redirect(then)
    return render(request, "accounts/team_remove.html", context, status=409 if "refusal" in context else 200)
