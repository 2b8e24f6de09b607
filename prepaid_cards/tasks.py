"""What cards do by the clock."""

from __future__ import annotations

from celery import shared_task

from provider.kernel import clock

from .operations.exports import destroy_due_keys
from .operations.revenue import close_due_months


@shared_task(name="prepaid_cards.sweep")
def sweep() -> int:
    """Destroy the keys of batches whose 72 hours are over; take what redeemed cards earned in a month into revenue."""
    return destroy_due_keys(at=clock.now()) + close_due_months(at=clock.now())
