"""The console's work by the clock."""

from __future__ import annotations

from celery import shared_task

from provider.kernel import clock

from .operations.erasure import forget_sent_certificates, start_due_erasures


@shared_task(name="console.erase_due")
def erase_due() -> int:
    """Begin the erasures whose waiting time is over, and forget where sent certificates went; how many began."""
    forget_sent_certificates()
    return len(start_due_erasures(at=clock.now()))
