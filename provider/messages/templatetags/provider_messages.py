"""What other packages' pages show of messages: the bell, and an account's history."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import template
from django.template import Context
from django.utils.translation import gettext

from provider.kernel.doors import actor_of
from provider.messages.models import Delivery, Message
from provider.messages.queries import messages_of_account, unread_count
from provider.messages.rules.catalogue import CATEGORY_NAMES, CHANNEL_NAMES, Category, Channel, kind_of
from provider.messages.rules.wording import ERROR_NOTES, STATUS_COLOURS

register = template.Library()
_SHOWN_MAX = 20


@register.simple_tag(takes_context=True)
def unread_notices(context: Context) -> int | None:
    """How many notices the reader has not read; None for those who have no bell."""
    request = context.get("request")
    actor = actor_of(request) if request is not None else None
    if actor is None or actor.user_id is None or not actor.may("notices.view"):
        return None
    return unread_count(actor.user_id)


@register.inclusion_tag("messages/parts/history.html", takes_context=True)
def message_history(context: Context, account_id: UUID) -> dict[str, Any]:
    """The newest messages of an account, as far as the reader may see them, with a way to the rest."""
    request = context["request"]
    rows = list(messages_of_account(account_id=account_id, by=actor_of(request))[: _SHOWN_MAX + 1])
    return {
        "request": request,
        "messages_": rows[:_SHOWN_MAX],
        "has_more": len(rows) > _SHOWN_MAX,
        "account_name": rows[0].account.name if rows and rows[0].account else "",
        "may_resend": actor_of(request).may("messages.resend"),
    }


@register.filter
def title(message: Message) -> str:
    """What the message is, in the reader's language."""
    return gettext(kind_of(message.key).title)


@register.filter
def category_name(category: str) -> str:
    return gettext(CATEGORY_NAMES[Category(category)])


@register.filter
def channel_name(channel: str) -> str:
    return gettext(CHANNEL_NAMES[Channel(channel)])


@register.filter
def status_colour(delivery: Delivery) -> str:
    """The badge's colour for the delivery's state."""
    return STATUS_COLOURS[delivery.status]


@register.filter
def trouble(delivery: Delivery) -> str:
    """What went wrong, as a sentence; a gateway's own code where we have no words of ours."""
    if delivery.error in ERROR_NOTES:
        return gettext(ERROR_NOTES[delivery.error])
    return f"{delivery.error}: {delivery.error_detail}".strip(": ") if delivery.error else ""


@register.filter
def can_resend(delivery: Delivery) -> bool:
    """Whether it makes sense to offer sending it again."""
    is_settled = delivery.status != "queued" and delivery.channel != Channel.NOTICE
    return is_settled and not kind_of(delivery.message.key).secret_params
