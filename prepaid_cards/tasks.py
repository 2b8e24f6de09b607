"""What cards do by the clock."""

from __future__ import annotations

from celery import shared_task

from provider.kernel import clock

from .operations.breakage import release_due_months
from .operations.exports import destroy_due_keys
from .operations.revenue import close_due_months


@shared_task(name="prepaid_cards.sweep")
def sweep() -> int:
    """Destroy the keys of batches whose 72 hours are over; take into revenue what cards earned in a month, by service
    and by never being redeemed."""
    at = clock.now()
    return destroy_due_keys(at=at) + close_due_months(at=at) + release_due_months(at=at)
