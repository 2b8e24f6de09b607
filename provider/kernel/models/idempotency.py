"""The first answer to a request, kept for the second."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from provider.kernel.ids import new_id


class IdempotencyStatus(models.TextChoices):
    RUNNING = "running"
    DONE = "done"


class IdempotencyKey(models.Model):
    """One key of one caller. While it runs it is leased; done, its answer never changes until it expires."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.CharField(max_length=160)
    key = models.CharField(max_length=255)
    request_hash = models.BinaryField(max_length=32)
    status = models.CharField(max_length=8, choices=IdempotencyStatus.choices, default=IdempotencyStatus.RUNNING)
    lease_token = models.UUIDField(default=new_id)
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    answer_status = models.PositiveSmallIntegerField(null=True)
    answer_content_type = models.CharField(max_length=120, blank=True)
    answer_headers = models.JSONField(default=dict)
    answer_body = models.BinaryField(null=True)
    is_sealed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="idempotency_key_once", fields=["scope", "key"]),
            models.CheckConstraint(
                name="idempotency_done_has_answer",
                condition=Q(status="done", answer_status__isnull=False, answer_body__isnull=False)
                | Q(status="running", answer_status=None, answer_body=None),
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_expiry")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key} {self.status}"
