"""Notices in the product: the bell, the list, what was read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from provider.kernel.clock import now
from provider.kernel.cursor import slice_of
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound
from provider.messages.documents import texts
from provider.messages.operations import notices
from provider.messages.queries import notices_of, unread_count


def _reader(request: HttpRequest) -> UUID:
    """Whose notices: the person's own, also while acting for a customer; a key has none."""
    user_id = actor_of(request).user_id
    if user_id is None:
        raise NotFound()
    return user_id


@allow("notices.view")
@require_GET
def notice_list(request: HttpRequest) -> HttpResponse:
    """The reader's notices, newest first."""
    page = slice_of(
        notices_of(_reader(request)),
        name="notices",
        order=("-created_at", "-id"),
        limit=50,
        cursor=request.GET.get("cursor", ""),
        filters={},
    )
    rows = [(notice, texts.notice_of(notice.message)) for notice in page.rows]
    context = {
        "rows": rows,
        "next_cursor": page.next_cursor,
        "unread": unread_count(_reader(request)),
        "looked_at": now().isoformat(),
    }
    return render(request, "messages/notices.html", context)


@allow("notices.view")
@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """The bell with its count, for htmx."""
    return render(request, "messages/parts/bell_inside.html", {"unread": unread_count(_reader(request))})


@allow("notices.view")
@require_POST
def read(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Mark one notice as read and go where it leads."""
    notice = notices.mark_read(user_id=_reader(request), notice_id=notice_id, at=now())
    target = str(notice.message.params.get("link", ""))
    is_ours = target.startswith("/") and not target.startswith("//")
    return HttpResponseRedirect(target if is_ours else reverse("messages:notices"))


@allow("notices.view")
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark as read what the reader saw; what came since stays unread."""
    at = now()
    notices.mark_all_read(user_id=_reader(request), until=_instant(request.POST.get("looked_at", ""), at=at), at=at)
    return HttpResponseRedirect(reverse("messages:notices"))


def _instant(text: str, *, at: datetime) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return at
    return min(instant, at) if instant.tzinfo else at
