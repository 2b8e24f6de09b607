"""Waking the worker for a delivery, once its transaction has committed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

TASK: Final = "messages.deliver"


def wake(delivery_ids: Iterable[UUID]) -> None:
    """Hand each delivery to a worker after commit; what a broken queue loses the sweeper finds."""
    for delivery_id in delivery_ids:
        transaction.on_commit(_asking_for(delivery_id), robust=True)


def _asking_for(delivery_id: UUID) -> Callable[[], None]:
    def ask_worker() -> None:  # a function with a name, because Django names what fails after commit
        _ask_worker(delivery_id)

    return ask_worker


def _ask_worker(delivery_id: UUID) -> None:
    try:
        current_app.tasks[TASK].apply_async(args=[str(delivery_id)], retry=False)
    except (OperationalError, RedisError, OSError) as outage:
        logger.warning("The queue cannot be reached (%s): the sweeper will deliver.", type(outage).__name__)
