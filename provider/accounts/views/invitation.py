"""The page behind an invitation's link: take the place as who one is, or as somebody new."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from provider.accounts.forms.sign_up import JoinForm
from provider.accounts.models import Invitation, User
from provider.accounts.operations.team import (
    accept_invitation,
    accept_invitation_as_new_user,
    check_invitation,
    check_invited,
)
from provider.accounts.queries import access_invitation, user_invited
from provider.accounts.rules import session
from provider.kernel import clock, limits
from provider.kernel.caller import address_of
from provider.kernel.doors import actor_of, public
from provider.kernel.errors import Refusal
from provider.kernel.wording import say

from .entrance import enter


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody offers you a place: take it?"""
    limits.hit(name="invitation_links", key=address_of(request), allowed=30, per_seconds=60, when_down="refuse")
    invitation = access_invitation(token)
    request.brand = invitation.account.brand  # type: ignore[attr-defined]
    _speak_as_the_letter(request, invitation=invitation)
    try:
        check_invitation(invitation, at=clock.now())
        return _answer(request, invitation=invitation, token=token)
    except Refusal as refusal:
        context = {"refusal": say(refusal), "code": refusal.code}
        return render(request, "accounts/invitation_refused.html", context, status=refusal.status)


def _speak_as_the_letter(request: HttpRequest, *, invitation: Invitation) -> None:
    """The page goes on in the language of the letter that leads here, unless its reader has chosen another one."""
    if isinstance(request.user, User) or settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return
    translation.activate(invitation.language)
    request.LANGUAGE_CODE = translation.get_language()


def _answer(request: HttpRequest, *, invitation: Invitation, token: str) -> HttpResponse:
    if isinstance(request.user, User):
        check_invited(invitation, user=request.user)
        return _as_user(request, user=request.user, invitation=invitation, token=token)
    if user_invited(invitation) is not None:
        return render(request, "accounts/invitation_sign_in.html", _context(request, invitation))
    return _as_somebody_new(request, invitation=invitation, token=token)


def _as_user(request: HttpRequest, *, user: User, invitation: Invitation, token: str) -> HttpResponse:
    if request.method != "POST":
        return render(request, "accounts/invitation.html", _context(request, invitation))
    membership = accept_invitation(token=token, user=user, by=actor_of(request), at=clock.now())
    request.session[session.MEMBERSHIP] = str(membership.id)
    messages.success(request, gettext("You have joined %(account)s.") % {"account": invitation.account.name})
    return redirect("front_door")


def _as_somebody_new(request: HttpRequest, *, invitation: Invitation, token: str) -> HttpResponse:
    form = JoinForm(request.POST or None, email=invitation.email, phone=invitation.phone)
    if request.method == "POST" and form.is_valid():
        membership = accept_invitation_as_new_user(
            token=token,
            name=form.cleaned_data["name"],
            password_hash=form.password_hash(),
            address=address_of(request),
            at=clock.now(),
        )
        answer = enter(request, user=membership.user)
        request.session[session.MEMBERSHIP] = str(membership.id)
        return answer
    return render(request, "accounts/invitation_join.html", _context(request, invitation) | {"form": form})


def _context(request: HttpRequest, invitation: Invitation) -> dict[str, Any]:
    return {"invitation": invitation, "here": request.path}
