"""Where Stripe tells us what happened: signed, at most a few kilobytes, answered only after it was recorded."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from invoices.errors import WebhookNotGenuine
from invoices.flows.payments import take_webhook
from provider.kernel import clock
from provider.kernel.doors import public
from provider.kernel.errors import NotFound, Refusal

logger = logging.getLogger(__name__)
_LIMIT_BYTES = 256 * 1024


@csrf_exempt
@public
@require_POST
def stripe_webhook(request: HttpRequest) -> JsonResponse:
    """Take a notice of Stripe; a wrong signature is answered with 400 and its code, trouble of ours with 503."""
    try:
        if not settings.STRIPE_KEY:
            raise NotFound()
        if int(request.META.get("CONTENT_LENGTH") or 0) > _LIMIT_BYTES:
            raise WebhookNotGenuine()
        signature = request.headers.get("Stripe-Signature", "")
        told = take_webhook(body=request.body, signature=signature, real_at=clock.now())
    except Refusal as refusal:
        logger.warning("A webhook of Stripe was answered with %s", refusal.code)
        return JsonResponse({"code": refusal.code}, status=refusal.status)
    return JsonResponse({"outcome": told.outcome})
