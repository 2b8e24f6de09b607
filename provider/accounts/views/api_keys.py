"""Keys for machines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from provider.accounts.forms.api_keys import ApiKeyForm
from provider.accounts.models import Account
from provider.accounts.operations.api_keys import create_api_key, revoke_api_key
from provider.accounts.operations.locks import home
from provider.accounts.queries import account_of, api_keys_of
from provider.accounts.rules.scopes import scopes_for
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say

from .team import fresh


@allow("api_keys.manage")
@require_safe
def api_keys(request: HttpRequest) -> HttpResponse:
    """Which machines may come in?"""
    by = actor_of(request)
    keys = list(api_keys_of(account_id=home(by), portal=by.portal))
    return render(request, "accounts/api_keys.html", {"keys": keys, "now": clock.now()})


@allow("api_keys.manage")
@fresh
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def api_key_new(request: HttpRequest) -> HttpResponse:
    """What is the key for, and what may it do?"""
    by, at = actor_of(request), clock.now()
    offered = scopes_for(portal=by.portal, permissions=by.permissions)
    form = ApiKeyForm(request.POST or None, offered=offered)
    if request.method == "POST" and form.is_valid():
        wanted: dict[str, Any] = form.cleaned_data
        account = account_of(request)
        try:
            key, secret = create_api_key(
                account_id=account.id,
                portal=by.portal,
                name=wanted["name"],
                scopes=wanted["scopes"],
                is_test=account.is_test,
                expires_at=_end_of(wanted["expires_on"], account=account),
                by=by,
                at=at,
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            return render(request, "accounts/api_key_made.html", {"key": key, "shown_once": secret})
    return render(request, "accounts/api_key_new.html", {"form": form})


@allow("api_keys.manage")
@require_POST
def api_key_revoke(request: HttpRequest, api_key_id: UUID) -> HttpResponse:
    """End a key at once."""
    by = actor_of(request)
    key = revoke_api_key(account_id=home(by), api_key_id=api_key_id, by=by, at=clock.now())
    messages.success(request, gettext("The key “%(name)s” no longer works.") % {"name": key.name})
    return redirect("api_keys")


def _end_of(day: Any, *, account: Account) -> datetime | None:
    """The instant after the last day on which the key works, in the account's zone."""
    if day is None:
        return None
    return clock.first_instant(day=day + timedelta(days=1), zone=ZoneInfo(account.time_zone))
