"""In development: everything that would have left the house, for those who wait for a code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from csp.decorators import csp_exempt
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from provider.kernel.doors import public
from provider.messages.gateways import loopback

from .history import mail_frame


def _check_open() -> None:
    """Codes lie open here, so the door exists only where nothing leaves the house."""
    if settings.IS_PRODUCTION:
        raise Http404


@public
@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    """All mails and SMS, newest first; htmx asks for news every few seconds."""
    _check_open()
    address = request.GET.get("address", "").strip().lower()
    copies = [_shown(copy) for copy in loopback.copies(address=address)]
    newest = copies[0]["copy"].id if copies else ""
    if request.headers.get("HX-Request") and request.GET.get("newest", "") == newest:
        return HttpResponse(status=204)  # nothing new: the page stays as it is, with what is open in it
    template = "messages/parts/mailbox_items.html" if request.headers.get("HX-Request") else "messages/mailbox.html"
    return render(request, template, {"copies": copies, "address": address, "newest": newest})


def _shown(copy: loopback.Copy) -> dict[str, Any]:
    return {"copy": copy, "kept_at": datetime.fromtimestamp(copy.milliseconds / 1000, tz=UTC)}


@public
@require_GET
@xframe_options_sameorigin
@csp_exempt()  # type: ignore[arg-type]
def mailbox_body(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    """A mail's HTML, in a frame in which nothing can run."""
    _check_open()
    copy = loopback.copy_of(copy_id)
    if copy is None or not copy.html:
        raise Http404
    return mail_frame(copy.html)
