"""What the worker does for the kernel: a few lines each, with nothing implicit; the clock is read here."""

from __future__ import annotations

import time
from typing import Final
from uuid import UUID

from celery import shared_task

from . import jobs, outbox
from .clock import now

_ROUND: Final = 200
_TURN_SECONDS: Final = 20  # then a job makes room for others


@shared_task(name=outbox.DELIVERY_TASK)
def deliver_outbox(*, cell: str = "default") -> None:
    """Deliver what is due; a full round asks for another one."""
    done = outbox.deliver_due(at=now(), limit=_ROUND, cell=cell)
    if done.delivered + done.failed >= _ROUND:
        outbox.wake(cell)


@shared_task(name=jobs.RUN_TASK)
def run_job(*, job_id: str) -> None:
    """Do chunks of a job until it ends, has to wait, or its turn is over."""
    job, turn_ends = UUID(job_id), time.monotonic() + _TURN_SECONDS
    token = jobs.claim(job_id=job, at=now())
    while token is not None and jobs.run_chunk(job_id=job, token=token, at=now()):
        if time.monotonic() > turn_ends:
            jobs.hand_over(job_id=job, token=token, at=now())
            return
