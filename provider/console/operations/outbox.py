"""Stuck events, tried again by hand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from provider.accounts.rules.support import check_reason
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.errors import ForbiddenMove, StaleState
from provider.kernel.models import OutboxEvent, OutboxStatus


def retry_event(*, event_id: UUID, reason: str, by: Actor, at: datetime) -> OutboxEvent:
    """Have one stuck event tried again; handlers that were done stay done."""
    reason = check_reason(reason)
    with transaction.atomic():
        event = outbox.retry(event_id=event_id, at=at)
        audit.record(
            by=by, verb="outbox.retried", subject_kind="outbox_event", subject_id=event.id,
            account_id=event.account_id, at=at, reason=reason, after={"name": event.name},
        )  # fmt: skip
        return event


def retry_all(*, reason: str, by: Actor, at: datetime) -> int:
    """Have every event that is stuck at this moment tried again; how many."""
    reason = check_reason(reason)
    ids = list(OutboxEvent.objects.filter(status=OutboxStatus.STUCK).order_by("id").values_list("id", flat=True))
    retried = 0
    for event_id in ids:  # each in its own transaction: one that somebody else took does not hold up the others
        try:
            retry_event(event_id=event_id, reason=reason, by=by, at=at)
            retried += 1
        except (StaleState, ForbiddenMove):
            continue
    return retried
