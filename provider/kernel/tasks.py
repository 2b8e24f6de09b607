"""What the worker does for the kernel: a few lines each, with nothing implicit; the clock is read here."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final
from uuid import UUID

from celery import shared_task
from django.conf import settings

from . import files, idempotency, jobs, outbox
from .clock import now

_ROUND: Final = 200
_TURN_SECONDS: Final = 5  # then a job makes room for others, and a worker that is to stop may stop
_BATCH: Final = 10_000


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


@shared_task(name="kernel.sweep")
def sweep() -> None:
    """Find what was missed: events whose wake-up was lost, jobs that a crashed worker left. Every 30 seconds."""
    for cell in settings.CELLS:
        outbox.deliver_due(at=now(), limit=_ROUND, cell=cell)
    for job_id in jobs.due(at=now()):
        jobs.wake(job_id)


@shared_task(name="kernel.clean")
def clean() -> None:
    """Take away what has served its time: delivered events, expired keys and files, bytes without a row. Hourly."""
    before = now() - timedelta(days=settings.OUTBOX_KEEP_DAYS)
    for cell in settings.CELLS:
        while outbox.clean(before=before, limit=_BATCH, cell=cell) == _BATCH:
            continue
    while idempotency.clean(before=now(), limit=_BATCH) == _BATCH:
        continue
    while files.remove_expired(at=now()) > 0:
        continue
    files.remove_orphans(day=(now() - timedelta(days=1)).date())
    files.remove_orphans(day=(now() - timedelta(days=2)).date())
