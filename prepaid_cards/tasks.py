"""What cards do by the clock."""

from __future__ import annotations

from celery import shared_task

from provider.kernel import clock

from .operations.exports import destroy_due_keys


@shared_task(name="prepaid_cards.sweep")
def sweep() -> int:
    """Destroy the keys of batches whose 72 hours are over."""
    return destroy_due_keys(at=clock.now())
