"""What a reader is told when something is refused or fails: what happened, what to do, a code and the request's id.

Never a stack trace; the log has it, under the same id.
"""

from __future__ import annotations

import errno
import logging
import sys
from dataclasses import dataclass
from typing import Any, Final

import redis
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as QueueError

from provider.kernel import problem
from provider.kernel.errors import Refusal
from provider.kernel.wording import say

from . import context, formats, preferences, requests, toasts

_log = logging.getLogger(__name__)
_OUTAGES: Final = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError, QueueError)
_WAIT_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says: its title, what happened, what to do, and where to go."""

    code: str
    title: str | Promise
    what: str | Promise
    todo: str | Promise
    act: str | Promise = ""
    href: str = "/"


WORDS: Final[dict[int, Words]] = {
    400: Words(
        "bad_request",
        _("This could not be read"),
        _("The address or the form carried something that we do not understand. Nothing was done."),
        _("Go back, reload the page and try again."),
    ),
    402: Words(
        "payment_required",
        _("The account rests until it is renewed"),
        _("What you asked for needs a running account."),
        _("Renew, and everything is as you left it within seconds. Nothing is deleted."),
        _("See how to renew"),
        "/my/",
    ),
    403: Words(
        "not_allowed",
        _("Your role does not allow this"),
        _("The page exists, but not for the role you have in this account."),
        _("Ask an owner of the account, or change to another of your accounts."),
    ),
    404: Words(
        "not_found",
        _("There is nothing here for you"),
        _("No page has this address, or it belongs to somebody else."),
        _("Check the address, or ask whoever sent it to you."),
    ),
    405: Words(
        "method_not_allowed",
        _("This address is not a page"),
        _("It only takes what a button on another page sends."),
        _("Go back and use the button there."),
    ),
    409: Words(
        "conflict",
        _("Somebody else was faster"),
        _("What you wanted to change has changed since you opened the page. Nothing was done."),
        _("Go back, reload the page and look again."),
    ),
    413: Words(
        "too_large",
        _("This is too big"),
        _("What was sent is larger than we take. Nothing was stored."),
        _("Send a smaller file, or several smaller ones."),
    ),
    422: Words(
        "refused",
        _("This was not done"),
        _("It cannot be done as things stand. Nothing was changed."),
        _("Go back, change what the sentence above names, and try again."),
    ),
    429: Words(
        "too_many_requests",
        _("Too many tries"),
        _("There were more tries from you than we answer in so short a time."),
        _("Wait a little, then try again."),
    ),
    500: Words(
        "internal_error",
        _("This failed, and it is our fault"),
        _("The failure was written down with the number below."),
        _("Try again in a minute. If it fails again, send the number to support."),
    ),
    503: Words(
        "unavailable",
        _("We cannot answer at this moment"),
        _("A part of our service does not respond. What was stored is safe."),
        _("Wait half a minute and reload the page."),
    ),
}
_CSRF: Final = Words(
    "form_expired",
    _("The form was open too long"),
    _("For your safety it was not taken: its key has expired, or cookies are switched off. Nothing was done."),
    _("Go back, reload the page and send it again."),
)
DISK_FULL: Final = Words(
    "disk_full",
    _("Our storage is full"),
    _("What you sent could not be stored. Nothing was done."),
    _("We are told of it. Try again in a few minutes."),
)


def is_machine(request: HttpRequest) -> bool:
    """Whether a program asks, which reads problem documents and not pages."""
    return problem.is_for_programs(request.path)


def is_outage(trouble: BaseException | None) -> bool:
    """Whether the database, Valkey or the disk failed, rather than our code."""
    return isinstance(trouble, _OUTAGES) or _is_disk_full(trouble)


def _is_disk_full(trouble: BaseException | None) -> bool:
    return isinstance(trouble, OSError) and trouble.errno == errno.ENOSPC


# --- Answers ---


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The page (or toast) for a refusal that no form took."""
    words = WORDS.get(refusal.status, WORDS[422])
    href = str(refusal.facts.get("renew_url", words.href))
    told = Words(refusal.code, words.title, say(refusal), words.todo, words.act, href)
    answer = page(request, status=refusal.status, words=told)
    if "seconds" in refusal.facts:
        answer.headers["Retry-After"] = str(refusal.facts["seconds"])
    return answer


def outage(request: HttpRequest, trouble: BaseException) -> HttpResponse:
    """The page for a service that does not respond; drawn without asking the database anything."""
    _log.error("Outage while answering %s: %s", request.path, trouble, exc_info=trouble)
    words = DISK_FULL if _is_disk_full(trouble) else WORDS[503]
    answer = page(request, status=503, words=words, is_plain=True)
    answer.headers["Retry-After"] = str(_WAIT_SECONDS)
    return answer


def page(request: HttpRequest, *, status: int, words: Words | None = None, is_plain: bool = False) -> HttpResponse:
    """The error page in the reader's shell, a toast for htmx, a problem document for a program."""
    told = words or WORDS[status]
    if is_machine(request):
        return _problem(request, told, status=status)
    if request.headers.get("HX-Request") == "true":
        return _toast(told, status=status)
    facts = {"words": told, "status": status, "request_id": requests.request_id()}
    if not is_plain:
        try:
            return HttpResponse(render_to_string("look/error.html", facts, request), status=status)
        except Exception:
            _log.exception("The error page could not be drawn in its shell")
    return HttpResponse(render_to_string("look/error.html", _plain(request) | facts), status=status)


def _plain(request: HttpRequest) -> dict[str, Any]:
    """What the bare shell needs, without session, user or brand: any of them may be what failed."""
    return {
        "shell": context.BARE,
        "theme": request.COOKIES.get(preferences.THEME_COOKIE, "auto"),
        "html_lang": formats.language_tag(),
        "languages": context.languages(),
        "account_menu": context.ACCOUNT_MENU,
        "banners": ("look/parts/nothing.html",),
        "csrf_token": get_token(request),
        "request": request,
    }


def _toast(words: Words, *, status: int) -> HttpResponse:
    answer = HttpResponse(status=status)
    answer.headers["HX-Reswap"] = "none"
    toasts.on(answer, toasts.Toast(text=f"{words.what} {words.todo}", kind="error"))
    return answer


def _problem(request: HttpRequest, words: Words, *, status: int) -> HttpResponse:
    """What the API answers where none of its own doors was reached, or one of them broke."""
    kind = type("Told", (Refusal,), {"code": words.code, "status": status, "text": "%(what)s %(todo)s"})
    return problem.answer(kind(what=words.what, todo=words.todo, seconds=_WAIT_SECONDS), request=request)


# --- Handlers that Django calls ---


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    is_too_big = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    if not is_too_big:
        return page(request, status=400)
    limit = formats.size(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    what = _("What was sent is larger than %(limit)s. Nothing was stored.") % {"limit": limit}
    told = WORDS[413]
    return page(request, status=413, words=Words(told.code, told.title, what, told.todo))


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Django calls this while it handles the exception, so that an outage in middleware is known as one."""
    trouble = sys.exc_info()[1]
    if trouble is not None and is_outage(trouble):
        return outage(request, trouble)
    return page(request, status=500)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    _log.warning("A form was refused (%s): %s", request.path, reason)
    return page(request, status=403, words=_CSRF)
