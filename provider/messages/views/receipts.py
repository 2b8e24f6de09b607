"""Doors for machines: what gateways and mail servers report. Each proves itself before anything is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from provider.kernel import problem
from provider.kernel.clock import now
from provider.kernel.doors import public
from provider.kernel.errors import NotFound, Refusal
from provider.messages.errors import BadReceipt, BadSignature
from provider.messages.forms import AliyunReport, EmailEvent, aliyun_reports, email_events
from provider.messages.gateways import twilio as twilio_gateway
from provider.messages.operations.deliveries import take_receipt
from provider.messages.rules.receipts import status_from_aliyun, status_from_email, status_from_twilio
from provider.messages.rules.signatures import is_signed

View = Callable[..., HttpResponse]


def _machine_door(view: View) -> View:
    """A door without a session: POST only, refusals as problem documents."""

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return problem.answer(refusal, request=request)

    marked: View = csrf_exempt(require_POST(public(door)))
    return marked


@_machine_door
def twilio(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """A status callback of Twilio, signed over the address and the form."""
    form = [(name, value) for name, values in request.POST.lists() for value in values]
    is_theirs = twilio_gateway.is_signed(
        url=settings.SITE_URL + request.get_full_path(),
        form=form,
        auth_token=settings.TWILIO_AUTH_TOKEN,
        signature=request.headers.get("X-Twilio-Signature", ""),
    )
    if not is_theirs:
        raise BadSignature()
    reported = status_from_twilio(request.POST.get("MessageStatus", ""))
    code = request.POST.get("ErrorCode", "")
    if reported is not None:
        error = f"twilio_{code}" if code else ""
        take_receipt(delivery_id=delivery_id, reported=reported, error=error, at=now())
    return HttpResponse(status=204)


@_machine_door
def aliyun(request: HttpRequest, token: str) -> HttpResponse:
    """A batch of Aliyun's reports; they are not signed, so the address itself carries the shared secret."""
    if not settings.ALIYUN_RECEIPT_TOKEN or not constant_time_compare(token, settings.ALIYUN_RECEIPT_TOKEN):
        raise NotFound()
    for report in aliyun_reports(_json(request)):
        _take_aliyun(report)
    return JsonResponse({"code": 0, "msg": "OK"})


def _take_aliyun(report: AliyunReport) -> None:
    take_receipt(
        delivery_id=report.delivery_id,
        reported=status_from_aliyun(is_success=report.is_success),
        error="" if report.is_success else f"aliyun_{report.code}",
        detail="" if report.is_success else report.words,
        at=now(),
    )


@_machine_door
def email(request: HttpRequest) -> HttpResponse:
    """Deliveries, bounces and complaints, reported by whoever runs the mail server (docs/messages.md)."""
    if not settings.EMAIL_BOUNCE_SECRET:
        raise NotFound()
    at = now()
    is_theirs = is_signed(
        message_id=request.headers.get("Webhook-Id", ""),
        timestamp=request.headers.get("Webhook-Timestamp", ""),
        body=request.body,
        signature=request.headers.get("Webhook-Signature", ""),
        secret=settings.EMAIL_BOUNCE_SECRET,
        at=at,
    )
    if not is_theirs:
        raise BadSignature()
    moved = sum(_take_email(event) for event in email_events(_json(request)))
    return JsonResponse({"moved": moved})


def _take_email(event: EmailEvent) -> bool:
    reported = status_from_email(event.kind)
    if reported is None:
        raise BadReceipt(field="kind")
    return take_receipt(
        delivery_id=event.delivery_id,
        reported=reported,
        error=event.kind if event.kind in ("bounced", "failed") else "",
        detail=event.reason,
        is_complaint=event.kind == "complained",
        at=now(),
    )


def _json(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body)
    except ValueError:
        raise BadReceipt() from None
