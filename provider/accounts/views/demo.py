"""Signing in to the demo by one click per part; production has no such page."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from provider.accounts.queries import demo_parts
from provider.accounts.rules import session
from provider.kernel.doors import public
from provider.kernel.errors import NotFound


@public
@require_http_methods(["GET", "HEAD", "POST"])
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Who do you want to be?"""
    if not settings.DEMO_SIGN_IN:
        raise NotFound()
    parts = list(demo_parts())
    if request.method != "POST":
        return render(request, "accounts/demo_sign_in.html", {"parts": parts})
    wanted = request.POST.get("part", "")
    part = next((part for part in parts if wanted in (str(part.id), part.user.email)), None)
    if part is None:
        raise NotFound()
    auth.logout(request)  # a clean session: nothing of the part played before stays
    get_adapter(request).login(request, part.user)
    request.session[session.MEMBERSHIP] = str(part.id)
    request.session[session.DEMO] = True
    return redirect("front_door")
