"""What was said to whom, how it arrived, and saying it again."""

from __future__ import annotations

from uuid import UUID

from csp.decorators import csp_exempt
from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods

from provider.accounts.models import Portal
from provider.kernel.clock import now
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.wording import say
from provider.messages.documents import texts
from provider.messages.forms import ResendForm
from provider.messages.models import Delivery, Message
from provider.messages.operations import messages, suppressions
from provider.messages.queries import (
    access_delivery,
    access_message,
    messages_visible_to,
    present_address,
    suppression_on,
)
from provider.messages.rules.catalogue import Channel, kind_of
from provider.messages.views.tables import ALL_MESSAGES, OWN_MESSAGES

# A mail's own styles are inline; nothing else may load, run, or lead the frame anywhere.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups"
)


@allow("messages.view")
@require_GET
def message_list(request: HttpRequest) -> HttpResponseBase:
    """The history, newest first; filters, sort and page live in the address."""
    actor = actor_of(request)
    table = ALL_MESSAGES if actor.portal == Portal.PROVIDER else OWN_MESSAGES
    return table.answer(request, rows=messages_visible_to(actor), template="messages/list.html")


@allow("messages.view")
@require_GET
def message_detail(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """One message: its text, its way, its tries."""
    message = access_message(message_id=message_id, by=actor_of(request))
    may_resend = actor_of(request).may("messages.resend")
    return render(request, "messages/detail.html", {**_detail(message), "may_resend": may_resend})


def _detail(message: Message) -> dict[str, object]:
    channels = {delivery.channel for delivery in message.deliveries.all()}
    return {
        "message": message,
        "kind": kind_of(message.key),
        "subject": texts.subject_preview(message),
        "language_name": dict(settings.LANGUAGES)[message.language],
        "has_mail": Channel.EMAIL in channels,
        "sms_text": texts.sms_preview(message) if Channel.SMS in channels else "",
        "notice_html": texts.notice_of(message) if Channel.NOTICE in channels else "",
    }


@allow("messages.view")
@require_GET
@xframe_options_sameorigin
@csp_exempt()  # type: ignore[arg-type]
def message_body(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The mail as it looked, with what was secret masked; for a frame in which nothing can run."""
    message = access_message(message_id=message_id, by=actor_of(request))
    if not any(delivery.channel == Channel.EMAIL for delivery in message.deliveries.all()):
        raise NotFound()
    return mail_frame(texts.mail_preview(message))


def mail_frame(html: str) -> HttpResponse:
    """A mail's HTML under the policy for mails."""
    return HttpResponse(html, headers={"Content-Security-Policy": MAIL_POLICY, "Cache-Control": "no-store"})


@allow("messages.resend")
@require_http_methods(["GET", "POST"])
def resend(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Send one delivery once more, with a reason."""
    delivery = access_delivery(delivery_id=delivery_id, by=actor_of(request))
    form = ResendForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _resend(request, delivery=delivery, form=form)
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            toasts.success(request, gettext("The message is on its way again."))
            return HttpResponseRedirect(reverse("messages:detail", args=[delivery.message_id]))
    kind = kind_of(delivery.message.key)
    address = present_address(delivery)
    suppression = suppression_on(channel=delivery.channel, address=address, is_transactional=kind.is_transactional)
    context = {"form": form, "delivery": delivery, "kind": kind, "suppression": suppression, "address": address}
    return render(request, "messages/resend.html", context, status=422 if form.errors else 200)


def _resend(request: HttpRequest, *, delivery: Delivery, form: ResendForm) -> None:
    actor, at, reason = actor_of(request), now(), form.cleaned_data["reason"]
    if form.cleaned_data["works_again"]:
        suppressions.lift(channel=delivery.channel, address=present_address(delivery), reason=reason, by=actor, at=at)
    messages.resend(delivery=delivery, reason=reason, by=actor, at=at)
