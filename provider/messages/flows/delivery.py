"""One try of one delivery: record it, call the gateway outside of any transaction, record the answer."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings

from provider.messages.documents import texts
from provider.messages.gateways import email, sms
from provider.messages.models import Delivery
from provider.messages.operations import deliveries
from provider.messages.operations.spending import SmsPlan
from provider.messages.queries import delivery_with_message
from provider.messages.rules.catalogue import Channel
from provider.messages.rules.letters import GatewayAnswer, Mail, Sms
from provider.messages.rules.sms_routes import country_of, gateways_for, price_per_part
from provider.messages.rules.sms_text import measure

log = logging.getLogger(__name__)


def deliver(*, delivery_id: UUID, at: datetime) -> None:
    """Try a delivery if it is due. Any number of workers may try at once; one of them calls the gateway."""
    delivery = delivery_with_message(delivery_id)
    if delivery is None or delivery.status != "queued":
        return
    letter = _letter_of(delivery, at=at)
    if letter is None:
        return
    plan = _plan(letter) if isinstance(letter, Sms) else None

    attempt = deliveries.begin_attempt(delivery_id=delivery_id, sms=plan, at=at)
    if attempt is None:
        return
    answer = _call(letter, gateway=attempt.gateway, at=at)
    deliveries.finish_attempt(delivery=attempt, answer=answer, sms=plan, at=at)


def _letter_of(delivery: Delivery, *, at: datetime) -> Mail | Sms | None:
    """The text to send; one that cannot be made is a fault of ours, said in the log and on the delivery."""
    try:
        return texts.mail_of(delivery) if delivery.channel == Channel.EMAIL else texts.sms_of(delivery)
    except Exception as fault:
        log.exception("The text of delivery %s (%s) cannot be made", delivery.id, delivery.message.key)
        deliveries.fail_attempt(delivery_id=delivery.id, error="no_text", detail=type(fault).__name__, at=at)
        return None


def _plan(letter: Sms) -> SmsPlan:
    part_count = measure(letter.text).part_count
    return SmsPlan(
        part_count=part_count,
        cost=part_count * price_per_part(number=letter.to, prices=settings.SMS_PRICES),
        gateways=gateways_for(number=letter.to, routes=settings.SMS_ROUTES),
        country=country_of(letter.to),
    )


def _call(letter: Mail | Sms, *, gateway: str, at: datetime) -> GatewayAnswer:
    if isinstance(letter, Mail):
        return email.send(letter)
    return sms.backend_of(gateway).send(letter, at=at)
