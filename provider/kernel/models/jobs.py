"""Long work: what it is, how far it has come, and who is at it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from provider.kernel.ids import new_id


class JobStatus(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: dict[str, frozenset[str]] = {
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.CANCELLED}),
    JobStatus.RUNNING: frozenset({JobStatus.QUEUED, JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.FAILED: frozenset({JobStatus.QUEUED}),
    JobStatus.DONE: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}
ENDED = (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED)


class Job(models.Model):
    """One piece of long work, done chunk by chunk; `cursor` is where the next chunk begins."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=80)
    account_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)  # who started it and is told when it ends
    actor = models.JSONField()
    params = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED)
    cursor = models.JSONField(null=True)
    total = models.BigIntegerField(null=True)
    handled = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)  # the first ones
    problem_count = models.BigIntegerField(default=0)
    result = models.JSONField(null=True)
    queued_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    progressed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)  # failures of the chunk at the cursor
    last_error = models.TextField(blank=True)
    refusal = models.JSONField(null=True)  # where the last try was refused: code, text and facts, for readers
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="job_status_known", condition=Q(status__in=JobStatus.values)),
            models.CheckConstraint(
                name="job_running_has_lease",
                condition=Q(status="running", lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(status="running") & Q(lease_token=None, lease_until=None)),
            ),
            models.CheckConstraint(
                name="job_ended_has_time",
                condition=Q(status__in=["done", "failed", "cancelled"], ended_at__isnull=False)
                | Q(status__in=["queued", "running"], ended_at=None),
            ),
            models.CheckConstraint(name="job_failed_says_why", condition=~Q(status="failed") | ~Q(last_error="")),
            models.CheckConstraint(
                name="job_counts_make_sense",
                condition=Q(handled__gte=0, problem_count__gte=0) & (Q(total=None) | Q(total__gte=0)),
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="job_queued", condition=Q(status="queued")),
            models.Index(fields=["lease_until"], name="job_running", condition=Q(status="running")),
            models.Index(fields=["account_id", "-id"], name="job_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"

    @property
    def is_over(self) -> bool:
        return self.status in ENDED
