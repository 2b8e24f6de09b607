"""Under /api/: an id for each request, no cookies, and errors as problem documents whoever made them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from provider.kernel import problem
from provider.kernel.errors import NotAllowed, Refusal, Unavailable
from provider.kernel.ids import new_id
from provider.look import requests

from .errors import BadRequest, BodyTooLarge, InternalFault, MethodNotOffered, UnknownAddress

SECONDS_TO_RECOVER: Final = 5

_OF_STATUS: Final[dict[int, type[Refusal]]] = {403: NotAllowed, 404: UnknownAddress}


class ApiMiddleware:
    """Outside of all but the request's id, so that nothing inside can answer a machine in HTML.

    Cookies are dropped before anybody reads them: a session is not accepted here, so no other site can ride on one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not problem.is_for_programs(request.path_info):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        request.request_id = requests.request_id() or str(new_id())  # type: ignore[attr-defined]
        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"  # answered alike; the server leaves the body out
        response = self._as_problem(self.get_response(request), request=request)
        response.setdefault("X-Request-ID", problem.request_id_of(request))
        response.setdefault("Cache-Control", "no-store")
        if is_head:
            request.method = "HEAD"
        return response

    def _as_problem(self, response: HttpResponse, *, request: HttpRequest) -> HttpResponse:
        if response.status_code < 400 or getattr(response, "is_worded", False):
            return response
        with translation.override(translation.get_language_from_request(request)):
            worded = problem.answer(_refusal_for(response), request=request)
        for name, value in response.items():
            if name not in ("Content-Type", "Content-Length", "Content-Language"):
                worded.setdefault(name, value)
        return worded


def _refusal_for(response: HttpResponse) -> Refusal:
    status = response.status_code
    if status == 405:
        allowed = sorted(part.strip() for part in response.get("Allow", "").split(",") if part.strip())
        return MethodNotOffered(allowed=allowed, methods=", ".join(allowed))
    if status == 413:
        return BodyTooLarge(most_bytes=settings.API_BODY_LIMIT_BYTES)
    if status == 503:
        return Unavailable(seconds=SECONDS_TO_RECOVER)
    if status >= 500:
        return InternalFault()
    return _OF_STATUS.get(status, BadRequest)()
