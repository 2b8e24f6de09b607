"""What every request meets in the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from . import problem, uploads


class UploadMiddleware:
    """Answers an upload that the handlers refused, before a view takes the form for one without a file.

    REFUSAL_ANSWER names the function of the look that draws the page: the kernel knows no pages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        if request.content_type == "multipart/form-data" and request.method == "POST":
            bool(request.FILES)  # has the body read, as the view would
        refusal = uploads.refusal_of(request)
        if refusal is None:
            return None
        if request.path.startswith("/api/"):
            return problem.answer(refusal, request=request)
        answer: HttpResponseBase = import_string(settings.REFUSAL_ANSWER)(request, refusal)
        return answer
