"""What a reader wants to get: the matrix in the settings, and the link in each mail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as toasts
from django.core.signing import BadSignature as BadToken
from django.core.signing import Signer
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from provider.kernel.clock import now
from provider.kernel.doors import actor_of, allow, public
from provider.kernel.errors import NotFound
from provider.messages.documents.texts import UNSUBSCRIBE_SALT
from provider.messages.forms import choices_of
from provider.messages.operations import preferences
from provider.messages.queries import preferences_of
from provider.messages.rules.catalogue import (
    CATEGORY_NAMES,
    CATEGORY_NOTES,
    CHANNEL_NAMES,
    TRANSACTIONAL,
    Category,
    Channel,
    all_kinds,
)


@allow("own_settings.change")
@require_http_methods(["GET", "POST"])
def matrix(request: HttpRequest) -> HttpResponse:
    """Every category on every channel, with what cannot be switched off shown as such."""
    user_id = actor_of(request).user_id
    if user_id is None:
        raise NotFound()
    if request.method == "POST":
        preferences.choose(user_id=user_id, choices=choices_of(request.POST), at=now())
        toasts.success(request, gettext("Saved. It holds from the next message on."))
        return HttpResponseRedirect(reverse("messages:preferences"))
    context = {"rows": _rows(preferences_of(user_id)), "channels": [gettext(name) for name in CHANNEL_NAMES.values()]}
    return render(request, "messages/preferences.html", context)


def _rows(chosen: dict[tuple[str, str], bool]) -> list[dict[str, Any]]:
    return [
        {
            "name": gettext(CATEGORY_NAMES[category]),
            "note": gettext(CATEGORY_NOTES[category]),
            "is_fixed": category in TRANSACTIONAL,
            "cells": [
                {
                    "field": f"{category}.{channel}",
                    "label": f"{gettext(CATEGORY_NAMES[category])}: {gettext(CHANNEL_NAMES[channel])}",
                    "is_on": chosen[(category, channel)],
                    "is_used": _is_used(category, channel),
                }
                for channel in Channel
            ],
        }
        for category in Category
    ]


def _is_used(category: Category, channel: Channel) -> bool:
    return any(kind.category == category and channel in kind.channels for kind in all_kinds())


@csrf_exempt  # the token is the proof, and a mail program that unsubscribes by one click has no session
@public
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a mail: GET asks, so that no scanner unsubscribes anybody; POST acts (RFC 8058)."""
    reader = _reader_of(token)
    state = "asked"
    if request.method == "POST":
        is_back = "back" in request.POST
        act = preferences.opt_in if is_back else preferences.opt_out
        act(user_id=reader["user_id"], address=reader["address"], category=reader["category"], at=now())
        state = "back" if is_back else "done"
    name = gettext(CATEGORY_NAMES[Category(reader["category"])])
    context = {"state": state, "address": reader["address"], "category_name": name}
    return render(request, "messages/unsubscribe.html", context)


def _reader_of(token: str) -> dict[str, Any]:
    try:
        values = Signer(salt=UNSUBSCRIBE_SALT).unsign_object(token)
    except BadToken:
        raise NotFound() from None
    return {
        "user_id": UUID(values["u"]) if values["u"] else None,
        "address": values["a"],
        "category": values["c"],
    }
