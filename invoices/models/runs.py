"""Billing runs, and the accounts that could not be billed and wait for somebody to look."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from provider.accounts.models import Account
from provider.kernel.ids import new_id


class RunOutcome(models.TextChoices):
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class BillingRun(models.Model):
    """One pass over everything that is due at `as_of`; its job carries progress. A dry one writes no document."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=12)  # schedule, operator, command
    is_dry = models.BooleanField(default=False, db_default=False)
    as_of = models.DateTimeField()
    job_id = models.UUIDField(null=True, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=RunOutcome.choices, blank=True, db_default="")  # at its end
    due_count = models.PositiveIntegerField(null=True, blank=True)  # accounts, when it began
    accounts_count = models.PositiveIntegerField(default=0)
    invoices_count = models.PositiveIntegerField(default=0)
    credit_notes_count = models.PositiveIntegerField(default=0)
    parked_count = models.PositiveIntegerField(default=0)
    waiting_count = models.PositiveIntegerField(default=0, db_default=0)  # invoices that wait for approval
    totals = models.JSONField(default=dict)  # per currency, minor units
    # Of a dry run: what would be asked for most.
    largest = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_run_at_a_time", fields=["seller_account"], condition=Q(ended_at=None, is_dry=False)
            ),
        ]
        indexes = [models.Index(fields=["-started_at", "-id"], name="run_newest")]

    def __str__(self) -> str:
        return f"{self.as_of}"


class ParkedAccount(models.Model):
    """An account that cannot be billed now, and why. It stays on a screen until a retry succeeds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    run_id = models.UUIDField(null=True, blank=True)
    code = models.CharField(max_length=64)
    detail = models.TextField(blank=True)
    parked_at = models.DateTimeField()
    tries_count = models.PositiveIntegerField(default=1)
    tried_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="account_parked_once", fields=["account"], condition=Q(cleared_at=None)),
            models.CheckConstraint(name="parked_says_why", condition=~Q(code="")),
        ]
        indexes = [models.Index(fields=["-parked_at", "-id"], name="parked_now", condition=Q(cleared_at=None))]

    def __str__(self) -> str:
        return f"{self.account_id} {self.code}"
