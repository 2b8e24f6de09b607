"""What machines ask of the whole product."""

from __future__ import annotations

import logging

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from provider.kernel.clock import now
from provider.kernel.doors import public
from provider.kernel.health import problems

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
