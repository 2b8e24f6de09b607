"""Where somebody works: the front door, the choice among several accounts, and the texts that everybody may read."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from provider.accounts.models import Portal, Role, User
from provider.accounts.operations.support import end_acting
from provider.accounts.queries import memberships_of
from provider.accounts.rules import session
from provider.accounts.rules.texts import PRIVACY_VERSION, TERMS_VERSION, in_force_since
from provider.kernel import clock
from provider.kernel.doors import actor_of, public, signed_in
from provider.kernel.errors import NotFound

WELCOME: Final = "/welcome/"
DESK: Final = "/crm/"  # of those who work in it, and look after nothing of the account
HOMES: Final = {"provider": "/operator/", "reseller": "/reseller/", "subscriber": "/my/"}


@public
@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """To the home of the reader's portal; strangers are welcomed."""
    actor = actor_of(request)
    if actor.kind == "anonymous":
        return redirect(WELCOME)
    if actor.portal == Portal.SUBSCRIBER and actor.role == Role.MEMBER:
        return redirect(DESK)
    return redirect(HOMES.get(actor.portal, "places"))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def places(request: HttpRequest) -> HttpResponse:
    """In which account do you want to work?"""
    assert isinstance(request.user, User)
    mine = list(memberships_of(request.user))
    if request.method == "POST":
        return _enter(request, wanted=request.POST.get("place", ""), mine={str(place.id) for place in mine})
    return render(request, "accounts/places.html", {"places": mine})


@public
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms in force."""
    return _text(request, name="terms", version=TERMS_VERSION)


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice in force."""
    return _text(request, name="privacy", version=PRIVACY_VERSION)


def _enter(request: HttpRequest, *, wanted: str, mine: set[str]) -> HttpResponse:
    if wanted not in mine:
        raise NotFound()
    act_id = request.session.pop(session.ACTING, None)
    if act_id is not None:
        end_acting(impersonation_id=UUID(act_id), by=actor_of(request), at=clock.now())
    request.session[session.MEMBERSHIP] = wanted
    return redirect("front_door")


def _text(request: HttpRequest, *, name: str, version: str) -> HttpResponse:
    language = (translation.get_language() or "en").replace("-", "_")
    context = {"text": f"accounts/texts/{name}.{language}.html", "version": version, "since": in_force_since(version)}
    return render(request, f"accounts/{name}.html", context)
