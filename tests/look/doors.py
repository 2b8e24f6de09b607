"""Doors that refuse or fail in every way; only the tests of the look open them."""

from __future__ import annotations

import errno
from typing import Any

import redis
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path

from provider.kernel.errors import NotAllowed, NotFound, Refusal, StaleState, TooMany
from provider.look import toasts
from provider.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500"]


class AccountDormant(Refusal):
    code = "account_dormant"
    status = 402
    text = "The account is dormant since %(day)s."


TROUBLES: dict[str, Exception] = {
    "bad": BadRequest("secret detail"),
    "suspicious": SuspiciousOperation("secret detail"),
    "dormant": AccountDormant(day="22 December"),
    "not-allowed": NotAllowed(),
    "denied": PermissionDenied("secret detail"),
    "not-found": NotFound(),
    "absent": Http404("secret detail"),
    "stale": StaleState(),
    "refused": Refusal(),
    "too-many": TooMany(seconds=42),
    "broken": ZeroDivisionError("secret detail"),
    "no-database": OperationalError("secret detail"),
    "no-valkey": redis.ConnectionError("secret detail"),
    "disk-full": OSError(errno.ENOSPC, "secret detail"),
    "evil": Refusal(),
}


def trouble(request: HttpRequest, name: str) -> HttpResponse:
    raise TROUBLES[name]


def done(request: HttpRequest) -> HttpResponse:
    toasts.done(request, "Invitation sent <b>.", undo="/undo/")
    return HttpResponse("part")


def moved(request: HttpRequest) -> HttpResponse:
    toasts.done(request, "Moved.")
    return HttpResponseRedirect("/elsewhere/")


def reads_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.POST.get("x", ""))


urlpatterns: list[Any] = [
    path("trouble/<slug:name>/", trouble),
    path("api/trouble/<slug:name>/", trouble),
    path("done/", done),
    path("moved/", moved),
    path("form/", reads_form),
    path("", include("provider.urls")),
]
