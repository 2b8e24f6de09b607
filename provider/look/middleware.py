"""Around every request: its id, and an answer that says what to do when something was refused or failed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from provider.kernel import problem
from provider.kernel.errors import Refusal
from provider.kernel.ids import new_id

from . import failures, requests, toasts

Answer = Callable[[HttpRequest], HttpResponseBase]
HEADER: Final = "X-Request-ID"
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class RequestIdMiddleware:
    """Gives the request an id, or keeps the one of the proxy before us. The first of all middleware."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request.request_id = given if _UUID.fullmatch(given) else str(new_id())  # type: ignore[attr-defined]
        requests.enter(problem.request_id_of(request))
        answer = self.get_response(request)
        answer.headers.setdefault(HEADER, requests.request_id())
        return answer


class FailureMiddleware:
    """Answers a refusal or an outage that a view let through, and completes what htmx needs."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code == 405 and not getattr(answer, "content", b""):
            allowed = answer.headers.get("Allow", "")
            answer = failures.page(request, status=405)
            answer.headers["Allow"] = allowed
        return _for_htmx(request, answer) if is_htmx(request) else answer

    def process_exception(self, request: HttpRequest, trouble: Exception) -> HttpResponse | None:
        if failures.is_machine(request):
            return None  # the API words its own refusals
        if isinstance(trouble, Refusal):
            return failures.refused(request, trouble)
        if failures.is_outage(trouble):
            return failures.outage(request, trouble)
        return None


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def _for_htmx(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """A redirect moves the whole page, not the part that was asked for; toasts travel in a header."""
    if 300 <= answer.status_code < 400 and (target := answer.headers.get("Location", "")):
        moved = HttpResponse(status=204)
        moved.headers["HX-Redirect"] = target
        moved.cookies = answer.cookies
        return moved
    toasts.deliver(request, answer)
    return answer
