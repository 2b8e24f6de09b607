"""What the worker does for the kernel: a few lines each, with nothing implicit; the clock is read here."""

from __future__ import annotations

from celery import shared_task

from . import outbox
from .clock import now

_ROUND = 200


@shared_task(name=outbox.DELIVERY_TASK)
def deliver_outbox(*, cell: str = "default") -> None:
    """Deliver what is due; a full round asks for another one."""
    done = outbox.deliver_due(at=now(), limit=_ROUND, cell=cell)
    if done.delivered + done.failed >= _ROUND:
        outbox.wake(cell)
