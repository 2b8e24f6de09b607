"""Subscribers who move to a newer version of their plan: who could, what it would cost each, and what was done."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from plans.models import PlanVersion, Subscription
from provider.accounts.models import Account
from provider.kernel.ids import new_id


class MoveWhen(models.TextChoices):
    NOW = "now"
    PERIOD_END = "period_end"
    ON = "on"


class MoveOutcome(models.TextChoices):
    READY = "ready"  # could be moved
    BLOCKED = "blocked"  # could not; `code` says why
    CHOSEN = "chosen"  # waits for the job that moves it
    MOVED = "moved"
    PLANNED = "planned"  # moves by itself, at `starts_at`
    LEFT = "left"  # was to be moved and could not be any more; `code` says why


class VersionMove(models.Model):
    """One look at who could move to a version and when, and the move itself once it was confirmed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")  # to which they move
    from_ids = ArrayField(models.UUIDField())  # the versions whose subscribers are meant
    when = models.CharField(max_length=10, choices=MoveWhen.choices)
    on = models.DateField(null=True, blank=True)  # with `when` "on": from this local day of each on
    unused = models.CharField(max_length=8, default="credit")  # as of a change of plan
    created_at = models.DateTimeField()
    look_job_id = models.UUIDField(null=True)
    looked_at = models.DateTimeField(null=True, blank=True)  # everybody was looked at
    reason = models.CharField(max_length=400, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    job_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="move_when_known", condition=Q(when__in=MoveWhen.values)),
            models.CheckConstraint(
                name="move_on_a_day", condition=Q(when="on", on__isnull=False) | (~Q(when="on") & Q(on=None))
            ),
            models.CheckConstraint(
                name="move_confirmed_has_reason",
                condition=Q(confirmed_at=None, reason="")
                | (Q(confirmed_at__isnull=False, looked_at__isnull=False) & ~Q(reason="")),
            ),
        ]
        indexes = [models.Index(fields=["version", "-created_at"], name="move_of_version")]

    def __str__(self) -> str:
        return f"to {self.version_id} ({self.when})"


class MoveLine(models.Model):
    """One subscriber: the running period under both versions, what is billed at once, and what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    move = models.ForeignKey(VersionMove, on_delete=models.CASCADE, related_name="lines")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    from_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    before_minor = models.BigIntegerField()
    after_minor = models.BigIntegerField(null=True)  # None: no price in this currency
    difference_minor = models.BigIntegerField(null=True)
    due_minor = models.BigIntegerField(default=0)  # charged at once, with tax
    credit_minor = models.BigIntegerField(default=0)  # given back at once, with tax
    starts_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64, blank=True)  # of what was seen
    outcome = models.CharField(max_length=10, choices=MoveOutcome.choices)
    code = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="move_line_once", fields=["move", "subscription"]),
            models.CheckConstraint(name="move_line_outcome_known", condition=Q(outcome__in=MoveOutcome.values)),
            models.CheckConstraint(
                name="move_line_difference_is_one",
                condition=Q(after_minor=None, difference_minor=None)
                | Q(difference_minor=F("after_minor") - F("before_minor")),
            ),
            models.CheckConstraint(
                name="move_line_says_why",
                condition=(Q(outcome__in=["blocked", "left"]) & ~Q(code=""))
                | (~Q(outcome__in=["blocked", "left"]) & Q(code="")),
            ),
        ]
        indexes = [
            models.Index(fields=["move", "difference_minor", "id"], name="move_line_by_difference"),
            models.Index(fields=["move", "id"], name="move_line_waiting", condition=Q(outcome="chosen")),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.outcome}"
