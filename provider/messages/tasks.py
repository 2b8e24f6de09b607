"""What the worker and the scheduler do for messages."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from provider.kernel.clock import now

from .flows.delivery import deliver as deliver_flow
from .operations.deliveries import drop_expired
from .operations.queue import TASK
from .queries import due_delivery_ids, expired_secret_ids

_SWEEP_MAX = 1000


@shared_task(name=TASK)
def deliver(delivery_id: str) -> None:
    """Try one delivery now."""
    deliver_flow(delivery_id=UUID(delivery_id), at=now())


@shared_task(name="messages.sweep")
def sweep() -> None:
    """Find what is due: retries, what a broken queue or a dead worker left, and secrets past their time."""
    at = now()
    for message_id in expired_secret_ids(at=at, limit=_SWEEP_MAX):
        drop_expired(message_id=message_id, at=at)
    for delivery_id in due_delivery_ids(at=at, limit=_SWEEP_MAX):
        deliver.delay(str(delivery_id))
