"""Named reads of the kernel's tables, for the pages of the packages above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from .actor import Actor
from .errors import NotFound
from .models import AuditRow, Job, JobStatus, OutboxEvent, OutboxStatus


def audit_of_account(account_id: UUID) -> QuerySet[AuditRow]:
    """What was done in an account, the latest first."""
    return AuditRow.objects.filter(account_id=account_id).order_by("-id")


def audit_of_subject(*, subject_kind: str, subject_id: object) -> QuerySet[AuditRow]:
    """What was done to one thing, the latest first."""
    return AuditRow.objects.filter(subject_kind=subject_kind, subject_id=str(subject_id)).order_by("-id")


def audit_of_user(user_id: UUID) -> QuerySet[AuditRow]:
    """What a person did, in whatever account, the latest first."""
    return AuditRow.objects.filter(user_id=user_id).order_by("-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxState:
    """How delivery stands: events on their way, those tried in vain at least once, those given up, the oldest due."""

    waiting: int
    failing: int
    stuck: int
    oldest_due_at: datetime | None


def outbox_state(*, cell: str = "default") -> OutboxState:
    """How delivery stands in a cell."""
    rows = OutboxEvent.objects.using(cell).exclude(status=OutboxStatus.DELIVERED)
    is_waiting = Q(status=OutboxStatus.WAITING)
    counts = rows.aggregate(
        waiting=Count("id", filter=is_waiting),
        failing=Count("id", filter=is_waiting & ~Q(last_error="")),
        stuck=Count("id", filter=Q(status=OutboxStatus.STUCK)),
    )
    oldest = rows.filter(is_waiting).order_by("next_try_at").values_list("next_try_at", flat=True).first()
    return OutboxState(**counts, oldest_due_at=oldest)


def undelivered_events(*, cell: str = "default") -> QuerySet[OutboxEvent]:
    """Events that are stuck or fail, the latest first; `outbox.retry` has one tried again."""
    rows = OutboxEvent.objects.using(cell)
    return rows.filter(Q(status=OutboxStatus.STUCK) | Q(status=OutboxStatus.WAITING, attempts__gt=0)).order_by("-id")


def jobs_for(by: Actor) -> QuerySet[Job]:
    """The jobs of the account that the actor acts in; all of them for who manages jobs."""
    rows = Job.objects.order_by("-id")
    return rows if by.may("jobs.manage") else rows.filter(account_id=by.account_id, account_id__isnull=False)


def access_job(*, job_id: UUID, by: Actor) -> Job:
    """One of those; absent and not yours are the same answer."""
    job = jobs_for(by).filter(pk=job_id).first()
    if job is None:
        raise NotFound()
    return job


def jobs_in_progress(by: Actor) -> QuerySet[Job]:
    """Those of them that are not over."""
    return jobs_for(by).filter(status__in=[JobStatus.QUEUED, JobStatus.RUNNING])
