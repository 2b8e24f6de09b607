"""Facts on their way upward, and what has become of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from provider.kernel.ids import new_id


class OutboxStatus(models.TextChoices):
    WAITING = "waiting"
    DELIVERED = "delivered"
    STUCK = "stuck"  # given up after several tries; an operator looks and tries again


TRANSITIONS: dict[str, frozenset[str]] = {
    OutboxStatus.WAITING: frozenset({OutboxStatus.DELIVERED, OutboxStatus.STUCK}),
    OutboxStatus.STUCK: frozenset({OutboxStatus.WAITING}),
    OutboxStatus.DELIVERED: frozenset(),
}


class OutboxEvent(models.Model):
    """One event, written in the transaction of its fact; `next_try_at` is also the lease of who delivers it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80)
    payload = models.JSONField()
    account_id = models.UUIDField(null=True)
    at = models.DateTimeField()  # when the fact became true, by the clock of the account
    recorded_at = models.DateTimeField(db_default=Now())
    status = models.CharField(max_length=10, choices=OutboxStatus.choices, default=OutboxStatus.WAITING)
    next_try_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="outbox_status_known", condition=Q(status__in=OutboxStatus.values)),
            models.CheckConstraint(
                name="outbox_delivered_has_time",
                condition=Q(status="delivered", delivered_at__isnull=False)
                | (~Q(status="delivered") & Q(delivered_at=None)),
            ),
            models.CheckConstraint(name="outbox_stuck_says_why", condition=~Q(status="stuck") | ~Q(last_error="")),
        ]
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="outbox_due", condition=Q(status="waiting")),
            models.Index(fields=["-id"], name="outbox_stuck", condition=Q(status="stuck")),
            models.Index(fields=["delivered_at"], name="outbox_delivered", condition=Q(status="delivered")),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.status}"


class Receipt(models.Model):
    """A handler has seen an event: written in the transaction of its effect, so that the effect happens once."""

    pk = models.CompositePrimaryKey("event_id", "handler")
    event_id = models.UUIDField()
    handler = models.CharField(max_length=120)
    handled_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "kernel_outboxreceipt"

    def __str__(self) -> str:
        return f"{self.handler} {self.event_id}"
