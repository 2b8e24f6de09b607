"""What machines ask of the whole product."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from provider.accounts.rules.scopes import SCOPES
from provider.kernel import problem
from provider.kernel.clock import now
from provider.kernel.doors import public
from provider.kernel.health import problems

from . import queries
from .errors import ScopeMissing
from .rules.examples import Request, curl_of
from .rules.reference import chapters_of

Document = Callable[[], dict[str, Any]]
_SOME_REQUEST = "0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978"

logger = logging.getLogger(__name__)


@public
@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """This process runs; asks nothing of the database."""
    return JsonResponse({"status": "live"})


@public
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """This process can do its work; what it lacks goes to the log, not to whoever asks."""
    if found := problems(at=now()):
        logger.warning("not ready: %s", " ".join(found))
        return JsonResponse({"status": "not ready"}, status=503)
    return JsonResponse({"status": "ready"})


@public
@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Any address under /api/ that is none; the middleware words it."""
    return HttpResponseNotFound()


@public
@require_safe
def openapi(request: HttpRequest, *, document: Document) -> HttpResponse:
    """The API as an OpenAPI 3.1 document."""
    response = JsonResponse(document(), json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "public, max-age=300"
    return response


@public
@require_safe
def docs(request: HttpRequest, *, document: Document) -> HttpResponse:
    """The API explained to people, from the same document."""
    described = document()
    refusal = problem.document(ScopeMissing(scope="accounts:read"), path="/api/v1/accounts", request_id=_SOME_REQUEST)
    context = {
        "chapters": chapters_of(described),
        "introduction": described["info"]["description"],
        "server": described["servers"][0]["url"],
        "scopes": SCOPES.values(),
        "requests_per_minute": settings.API_REQUESTS_PER_MINUTE,
        "first_request": "export API_KEY=pk_live_…\n" + curl_of(_who_am_i(described)),
        "problem_example": json.dumps(refusal, ensure_ascii=False, indent=2),
    }
    return render(request, "api/docs.html", context)


def _who_am_i(described: Mapping[str, Any]) -> Request:
    url = described["servers"][0]["url"] + "/api/v1/me"
    return Request(url=url, method="GET", body=None, has_key=True, is_once=False)


@public
@require_safe
def problems_page(request: HttpRequest) -> HttpResponse:
    """Every code that a refusal can have."""
    return render(request, "api/problems.html", {"groups": queries.refusals_by_status()})


@public
@require_safe
def problem_page(request: HttpRequest, *, code: str) -> HttpResponse:
    """What one code means and what to do: where `type` of a problem document leads."""
    refusal = queries.refusal_of_code(code)
    return render(request, "api/problem.html", {"refusal": refusal})
