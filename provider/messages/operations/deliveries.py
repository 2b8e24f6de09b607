"""The life of a delivery: tried, answered, reported, given up."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from provider.kernel.state import move
from provider.messages.models import DELIVERY_TRANSITIONS, Delivery, Message
from provider.messages.queries import operators, suppression_on
from provider.messages.rules.addresses import HELD_BACK
from provider.messages.rules.attempts import LEASE, Answer, Decision, decide
from provider.messages.rules.caps import Cap, masked_number
from provider.messages.rules.catalogue import Channel, kind_of
from provider.messages.rules.letters import GatewayAnswer
from provider.messages.rules.receipts import after_receipt

from . import messages, queue, spending
from .spending import SmsPlan
from .suppressions import suppress

_DETAIL_MAX = 400


def begin_attempt(*, delivery_id: UUID, sms: SmsPlan | None, at: datetime) -> Delivery | None:
    """Record that a gateway is about to be called, and commit; None where there is nothing to do.

    Whoever comes second finds it leased. What has expired, is suppressed meanwhile, or meets a cap, is settled here.
    """
    with transaction.atomic(durable=True):
        delivery = _lock_due(delivery_id=delivery_id, at=at)
        if delivery is None or _is_settled_before_trying(delivery, sms=sms, at=at):
            return None

        gateway = _gateway_of(delivery, sms=sms)
        if gateway is None:
            _settle(delivery, to="failed", at=at, error="no_route")
            return None

        _set(
            delivery,
            attempts_count=delivery.attempts_count + 1,
            next_attempt_at=at + LEASE,
            gateway=gateway,
            part_count=sms.part_count if sms else 0,
            cost=sms.cost if sms else 0,
        )

    return delivery


def _lock_due(*, delivery_id: UUID, at: datetime) -> Delivery | None:
    rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("message")
    return rows.filter(id=delivery_id, status="queued", next_attempt_at__lte=at).first()


def _is_settled_before_trying(delivery: Delivery, *, sms: SmsPlan | None, at: datetime) -> bool:
    message = delivery.message
    if message.expires_at is not None and message.expires_at <= at:
        _settle(delivery, to="failed", at=at, error="expired")
        return True
    is_transactional = kind_of(message.key).is_transactional
    found = suppression_on(channel=delivery.channel, address=delivery.address, is_transactional=is_transactional)
    if found is not None:
        _settle(delivery, to="suppressed", at=at, error=found.reason)
        return True
    return sms is not None and delivery.attempts_count == 0 and _is_capped(delivery, sms=sms, at=at)


def _is_capped(delivery: Delivery, *, sms: SmsPlan, at: datetime) -> bool:
    """Whether a cap holds this SMS back; it is counted here otherwise, once for all its tries."""
    if sms.country not in settings.SMS_COUNTRIES:
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        cap: Cap | None = Cap(name="country", subject=sms.country or "?", window_at=day, count_max=0)
    else:
        cap = spending.take(number=delivery.address, account_id=delivery.message.account_id, plan=sms, at=at)
    if cap is None:
        return False
    _settle(delivery, to="capped", at=at, error=cap.name)
    _tell_operators(cap, delivery=delivery, at=at)
    return True


def _tell_operators(cap: Cap, *, delivery: Delivery, at: datetime) -> None:
    """One notice per operator, cap and window, however many SMS it holds back."""
    subject = masked_number(cap.subject) if cap.name == "number_hour" else cap.subject
    if cap.name == "account_day" and delivery.message.account is not None:
        subject = delivery.message.account.name
    for user in operators():
        messages.send(
            key="sms_cap_reached",
            user=user,
            params={
                "cap": cap.name,
                "subject": subject,
                "limit": f"{cap.limit} {settings.SMS_CURRENCY}" if cap.name == "cost_day" else cap.limit,
                "link": HELD_BACK,
            },
            at=at,
            idempotency=f"{cap.name}:{cap.subject}:{cap.window_at.isoformat()}:{user.id}",
        )


def _gateway_of(delivery: Delivery, *, sms: SmsPlan | None) -> str | None:
    if sms is None:
        return str(settings.EMAIL_GATEWAY)
    return sms.gateways[delivery.gateway_index] if delivery.gateway_index < len(sms.gateways) else None


def finish_attempt(*, delivery: Delivery, answer: GatewayAnswer, sms: SmsPlan | None, at: datetime) -> Decision | None:
    """Record what the gateway said. None where a receipt, or another worker after the lease, was quicker."""
    with transaction.atomic():
        current = Delivery.objects.select_for_update(of=("self",)).select_related("message").get(id=delivery.id)
        if answer.reference and not current.reference:
            _set(current, reference=answer.reference)
        if current.status != "queued" or current.attempts_count != delivery.attempts_count:
            return None

        decision = decide(
            answer=answer.answer,
            attempts_count=current.attempts_count,
            has_next_gateway=sms is not None and current.gateway_index + 1 < len(sms.gateways),
            at=at,
            expires_at=current.message.expires_at,
        )
        _apply(decision, delivery=current, answer=answer, at=at)
        _suppress_after(answer.answer, delivery=current, at=at)

    return decision


def _apply(decision: Decision, *, delivery: Delivery, answer: GatewayAnswer, at: datetime) -> None:
    trouble = {"error": answer.error[:64], "error_detail": answer.detail[:_DETAIL_MAX]}
    if decision.status == "sent":
        _settle(delivery, to="sent", at=at, sent_at=at, settled_at=None)
    elif decision.status == "queued":
        index = delivery.gateway_index + int(decision.is_next_gateway)
        _set(delivery, next_attempt_at=decision.retry_at, gateway_index=index, **trouble)
        queue.wake([delivery.id] if decision.is_next_gateway else [])
    else:
        _settle(delivery, to=decision.status, at=at, **trouble)


def _suppress_after(answer: Answer, *, delivery: Delivery, at: datetime) -> None:
    reason = {Answer.BOUNCED: "bounce", Answer.OPTED_OUT: "opt_out"}.get(answer)
    if reason is not None:
        suppress(channel=delivery.channel, address=delivery.address, reason=reason, at=at, delivery=delivery)


def fail_attempt(*, delivery_id: UUID, error: str, detail: str, at: datetime) -> None:
    """Give up a delivery whose text cannot be made."""
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",)).select_related("message")
        delivery = rows.filter(id=delivery_id, status="queued").first()
        if delivery is not None:
            _settle(delivery, to="failed", at=at, error=error, error_detail=detail[:_DETAIL_MAX])


def take_receipt(
    *, delivery_id: UUID, reported: str, at: datetime, error: str = "", detail: str = "", is_complaint: bool = False
) -> bool:
    """Let a report move the delivery up; late, repeated and unordered ones change nothing. True if it moved.

    A bounce, and a complaint, also suppresses the address.
    """
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",)).select_related("message")
        delivery = rows.filter(id=delivery_id).exclude(channel=Channel.NOTICE).first()
        if delivery is None:
            return False
        if is_complaint:
            suppress(channel=delivery.channel, address=delivery.address, reason="complaint", at=at, delivery=delivery)
        to = after_receipt(status=delivery.status, reported=reported)
        if to is None:
            return False

        facts: dict[str, Any] = {"error": error[:64], "error_detail": detail[:_DETAIL_MAX]}
        if delivery.sent_at is None:
            facts["sent_at"] = at
        if to == "sent":
            facts["settled_at"] = None
        _settle(delivery, to=to, at=at, **facts)
        if to == "bounced":
            suppress(channel=delivery.channel, address=delivery.address, reason="bounce", at=at, delivery=delivery)

    return True


def drop_expired(*, message_id: UUID, at: datetime) -> None:
    """Give up what would come too late, and wipe its secret."""
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",)).select_related("message")
        for delivery in rows.filter(message_id=message_id, status="queued").order_by("id"):
            _settle(delivery, to="failed", at=at, error="expired")
        Message.objects.filter(id=message_id, secret__isnull=False).update(secret=None, settled_at=at)


def _set(delivery: Delivery, **facts: Any) -> None:
    Delivery.objects.filter(id=delivery.id).update(**facts)
    for name, fact in facts.items():
        setattr(delivery, name, fact)


def _settle(delivery: Delivery, *, to: str, at: datetime, **facts: Any) -> None:
    """Move a delivery out of the queue; with the last one of its message the secret is wiped."""
    move(delivery, to=to, transitions=DELIVERY_TRANSITIONS, **{"next_attempt_at": None, "settled_at": at, **facts})
    message = Message.objects.select_for_update().get(id=delivery.message_id)
    if message.settled_at is None and not message.deliveries.filter(status="queued").exists():
        Message.objects.filter(id=message.id).update(settled_at=at, secret=None)


def take_as_sent(*, before: datetime) -> int:
    """Letters that a made-up past wrote were sent when they were written: none of them leaves the house now.

    For the demo, which walks through a year in a minute; how many they were.
    """
    old = Delivery.objects.filter(status="queued", created_at__lt=before)
    return old.update(
        status="sent", gateway="loopback", attempts_count=1, sent_at=F("created_at"), next_attempt_at=None
    )  # fmt: skip
