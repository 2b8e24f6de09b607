"""Replays: what subscribers would have paid in a month under a draft. Nothing of it is billed."""

from __future__ import annotations

from django.db import models

from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .catalogue import Plan, PlanVersion
from .subscriptions import Subscription


class Replay(models.Model):
    """One replay of a version, as it was then, over a month of the subscribers of a plan or of a group of them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="replays")
    version_digest = models.CharField(max_length=64)
    of_plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    month_on = models.DateField()  # its first day
    group = models.JSONField(null=True)  # `plans.rules.group`; none: everybody
    held_count = models.PositiveIntegerField(null=True)  # how many subscriptions that were
    job_id = models.UUIDField(null=True)
    skipped_count = models.PositiveIntegerField(default=0)  # in whose currency the version has no price
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["version", "-created_at"], name="replay_of_version")]

    def __str__(self) -> str:
        return f"{self.version_id} over {self.month_on:%Y-%m}"


class ReplayLine(models.Model):
    """One subscription: before and after, in minor units, and by charge."""

    id = models.BigAutoField(primary_key=True)
    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="lines")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    currency = models.CharField(max_length=3)
    before_minor = models.BigIntegerField()
    after_minor = models.BigIntegerField()
    difference_minor = models.BigIntegerField()
    parts = models.JSONField(default=dict)  # {"before": {charge: minor}, "after": {charge: minor}}

    class Meta:
        constraints = [
            models.UniqueConstraint(name="replay_line_once", fields=["replay", "subscription"]),
            models.CheckConstraint(
                name="replay_line_difference_is_one",
                condition=models.Q(difference_minor=models.F("after_minor") - models.F("before_minor")),
            ),
        ]
        indexes = [models.Index(fields=["replay", "difference_minor", "id"], name="replay_line_by_difference")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.difference_minor}"
