"""What every door says of itself: who may come in. A view without such a mark fails the isolation test."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from .actor import ANONYMOUS, Actor
from .errors import NotAllowed

View = Callable[..., Any]
PUBLIC = "public"
SIGNED_IN = "signed in"


def actor_of(request: HttpRequest) -> Actor:
    """Who asks; set by `provider.accounts.middleware`."""
    return getattr(request, "actor", ANONYMOUS)


def public(view: View) -> View:
    """Anybody may come in."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Whoever has signed in, with or without an account."""
    return _guarded(view, access=SIGNED_IN)


def allow(permission: str) -> Callable[[View], View]:
    """Only those whose role, in the account they act in, grants `permission`; strangers are asked to sign in."""

    def mark(view: View) -> View:
        return _guarded(view, access=permission)

    return mark


def _guarded(view: View, *, access: str) -> View:
    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = actor_of(request)
        if actor.kind == "anonymous":
            return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
        if access != SIGNED_IN and not actor.may(access):
            raise NotAllowed()
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer

    guard.access = access  # type: ignore[attr-defined]
    return guard
