"""Short notices: what was done, with undo or a link to what was made.

    toasts.done(request, _("Invitation sent to %(email)s.") % {...}, undo=reverse("accounts:revoke", args=[...]))

They are shown on the next page, or at once where htmx asked for a part of one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """What a toast shows. `undo` is an address that takes a POST; `href` leads to what was made."""

    text: str
    kind: str = "success"  # success, info, warning, error
    undo: str = ""
    undo_label: str = ""
    href: str = ""
    label: str = ""


def done(request: HttpRequest, text: str, *, undo: str = "", href: str = "", label: str = "") -> None:
    """Say that something was done, and how to undo it or where to see it."""
    _add(request, level=messages.SUCCESS, text=text, undo=undo, href=href, label=label)


def warn(request: HttpRequest, text: str, *, href: str = "", label: str = "") -> None:
    """Say that something needs a look."""
    _add(request, level=messages.WARNING, text=text, href=href, label=label)


def refuse(request: HttpRequest, text: str) -> None:
    """Say that something was not done, why, and what to do."""
    _add(request, level=messages.ERROR, text=text)


def _add(request: HttpRequest, *, level: int, text: str, undo: str = "", href: str = "", label: str = "") -> None:
    more = {name: value for name, value in {"undo": undo, "href": href, "label": label}.items() if value}
    messages.add_message(request, level, text, extra_tags=json.dumps(more) if more else "")


def read(message: Message) -> Toast:
    """The toast that a message of Django's is shown as."""
    more = _more(message.extra_tags)
    undo = str(more.get("undo", ""))
    return Toast(
        text=str(message.message),
        kind=message.level_tag or "info",
        undo=undo,
        undo_label=gettext("Undo") if undo else "",
        href=str(more.get("href", "")),
        label=str(more.get("label", "")) or gettext("Look"),
    )


def _more(extra_tags: str | None) -> dict[str, Any]:
    if not (extra_tags or "").startswith("{"):
        return {}  # a message of another package, with class names in its tags
    more = json.loads(extra_tags or "{}")
    return dict(more)


def on(answer: HttpResponseBase, *toasts: Toast) -> None:
    """Have htmx show toasts with this answer; what else the answer triggers stays."""
    triggers = json.loads(answer.headers.get("HX-Trigger") or "{}")
    triggers["toasts"] = {"items": [*triggers.get("toasts", {}).get("items", []), *(asdict(item) for item in toasts)]}
    answer.headers["HX-Trigger"] = json.dumps(triggers)


def deliver(request: HttpRequest, answer: HttpResponseBase) -> None:
    """Send what waits for this reader along with a part of a page."""
    if not hasattr(request, "_messages") or "HX-Redirect" in answer.headers:
        return
    waiting = [read(message) for message in messages.get_messages(request)]
    if waiting:
        on(answer, *waiting)
