"""Plans' work by the clock."""

from __future__ import annotations

from celery import shared_task

from provider.kernel import clock

from .operations.rollups import fold_all


@shared_task(name="plans.fold_usage")
def fold_usage() -> int:
    """Fold the batches that no event has woken anybody for; how many they were."""
    return fold_all(at=clock.now())
