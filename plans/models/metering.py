"""What is counted: meters, the events that are counted, and the keys that keep an event from counting twice.

Events are partitioned by month; no key of theirs can hold uniqueness for good, so that stands in a table of its own
without time. Rows are only ever added: a correction is an event that takes back.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from provider.accounts.models import Account
from provider.kernel.ids import new_id


class Meter(models.Model):
    """What a charge counts. A meter that carries over is a level (seats, records); the others are flows (calls)."""

    id = models.BigAutoField(primary_key=True)
    seller = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(max_length=64)
    name = models.CharField(max_length=80)
    name_hans = models.CharField(max_length=80, blank=True)
    name_hant = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    aggregate = models.CharField(max_length=8)
    property = models.CharField(max_length=64, blank=True)
    carries_over = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)  # no new charge counts it; what does goes on

    class Meta:
        constraints = [
            models.UniqueConstraint(name="meter_code_once_per_seller", fields=["seller", "code"]),
            models.CheckConstraint(
                name="meter_aggregate_known", condition=Q(aggregate__in=["count", "sum", "max", "latest", "unique"])
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UsageKey(models.Model):
    """An event that was accepted, for good: the same again is a duplicate, other content under its id is refused."""

    pk = models.CompositePrimaryKey("account_id", "source", "event_id")
    account_id = models.UUIDField()
    source = models.CharField(max_length=120)
    event_id = models.CharField(max_length=120)
    content = models.BinaryField(max_length=16)  # digest of what was said
    batch_id = models.BigIntegerField()

    class Meta:
        db_table = "plans_usagekey"

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class UsageEvent(models.Model):
    """One event of one subscription on one meter. Partitioned by month of `at`; has no foreign keys, for speed."""

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField()
    at = models.DateTimeField()
    account_id = models.UUIDField()
    subscription_id = models.UUIDField()
    meter_id = models.BigIntegerField()
    value = models.DecimalField(max_digits=24, decimal_places=8)
    item = models.CharField(max_length=120, blank=True)
    is_removal = models.BooleanField(default=False)
    source = models.CharField(max_length=120)
    event_id = models.CharField(max_length=120)
    batch_id = models.BigIntegerField()
    properties = models.JSONField(null=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "plans_usageevent"
        indexes = [
            models.Index(fields=["subscription_id", "meter_id", "at"], name="usage_of_subscription"),
            # Batches lie where they were appended: a summary of each stretch of pages finds them, and costs next to
            # nothing while events come in.
            BrinIndex(fields=["batch_id"], name="usage_of_batch", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class UsageBatch(models.Model):
    """What came in one call: who told it, what became of it, and whether its events are in the rollups yet."""

    id = models.BigIntegerField(primary_key=True)
    account_id = models.UUIDField()
    source = models.CharField(max_length=120)
    recorded_count = models.PositiveIntegerField()
    duplicate_count = models.PositiveIntegerField(default=0)
    unmatched_count = models.PositiveIntegerField(default=0)
    from_at = models.DateTimeField(null=True, blank=True)  # the earliest of the recorded events
    until_at = models.DateTimeField(null=True, blank=True)  # the latest
    user_id = models.UUIDField(null=True, blank=True)
    api_key_id = models.UUIDField(null=True, blank=True)
    received_at = models.DateTimeField()
    folded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="usage_batch_to_fold", condition=Q(folded_at=None)),
            models.Index(fields=["account_id", "-received_at"], name="usage_batch_of_account"),
        ]
        constraints = [
            models.CheckConstraint(
                name="usage_batch_spans_its_events",
                condition=Q(recorded_count=0) | Q(from_at__isnull=False, until_at__gte=F("from_at")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.id}"


class UsageHour(models.Model):
    """The events of one subscription and meter in one hour, folded from batches after they came in.

    Always what a recount of the events would give (law `usage_hours_equal_a_recount`).
    """

    pk = models.CompositePrimaryKey("subscription_id", "meter_id", "hour_at")
    subscription_id = models.UUIDField()
    meter_id = models.BigIntegerField()
    hour_at = models.DateTimeField()
    account_id = models.UUIDField()
    event_count = models.BigIntegerField()
    total = models.DecimalField(max_digits=30, decimal_places=8)  # what was taken back is subtracted

    class Meta:
        db_table = "plans_usagehour"

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.hour_at}"


class UsageDay(models.Model):
    """The same per day of the subscription's own zone."""

    pk = models.CompositePrimaryKey("subscription_id", "meter_id", "day")
    subscription_id = models.UUIDField()
    meter_id = models.BigIntegerField()
    day = models.DateField()
    account_id = models.UUIDField()
    event_count = models.BigIntegerField()
    total = models.DecimalField(max_digits=30, decimal_places=8)

    class Meta:
        db_table = "plans_usageday"
        indexes = [models.Index(fields=["account_id", "-day"], name="usage_day_of_account")]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.day}"


class UnmatchedEvent(models.Model):
    """An event that no subscription counts: it waits here until an operator replays or dismisses it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    meter_code = models.CharField(max_length=64)
    subscription_code = models.CharField(max_length=64, blank=True, db_default="")  # the one that was named
    value = models.DecimalField(max_digits=24, decimal_places=8)
    item = models.CharField(max_length=120, blank=True)
    is_removal = models.BooleanField(default=False)
    source = models.CharField(max_length=120)
    event_id = models.CharField(max_length=120)
    properties = models.JSONField(null=True)
    why = models.CharField(max_length=64)  # of `plans.rules.usage.Why`
    received_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)  # replayed, dismissed
    note = models.CharField(max_length=200, blank=True, db_default="")  # why it was dismissed

    class Meta:
        constraints = [
            models.UniqueConstraint(name="unmatched_event_once", fields=["account", "source", "event_id"]),
            models.CheckConstraint(
                name="unmatched_event_settled_has_outcome",
                condition=Q(settled_at=None, outcome="")
                | Q(settled_at__isnull=False, outcome__in=["replayed", "dismissed"]),
            ),
        ]
        indexes = [models.Index(fields=["-received_at", "-id"], name="unmatched_waiting", condition=Q(settled_at=None))]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class UsageConflict(models.Model):
    """What somebody told under the id of an event that says something else. It was refused; here it is listed.

    Sent again it is the same conflict: only how often and when last are counted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=120)
    event_id = models.CharField(max_length=120)
    content = models.BinaryField(max_length=16)  # digest of what was refused
    at = models.DateTimeField()
    meter_code = models.CharField(max_length=64)
    subscription_code = models.CharField(max_length=64, blank=True)
    value = models.DecimalField(max_digits=24, decimal_places=8)
    item = models.CharField(max_length=120, blank=True)
    is_removal = models.BooleanField(default=False)
    properties = models.JSONField(null=True)
    told_count = models.PositiveIntegerField(default=1)
    first_told_at = models.DateTimeField()
    last_told_at = models.DateTimeField()
    user_id = models.UUIDField(null=True, blank=True)
    api_key_id = models.UUIDField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="usage_conflict_once", fields=["account", "source", "event_id", "content"]),
        ]
        indexes = [
            models.Index(fields=["-last_told_at", "-id"], name="usage_conflict_open", condition=Q(dismissed_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class UsageNotice(models.Model):
    """That an account was told how near it is to a limit: once per period and level."""

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey("plans.Subscription", on_delete=models.PROTECT, related_name="+")
    feature = models.CharField(max_length=64)
    period_on = models.DateField()  # the first day of the period
    percent = models.PositiveSmallIntegerField()
    used = models.DecimalField(max_digits=24, decimal_places=8)
    limit = models.DecimalField(max_digits=24, decimal_places=8)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="usage_notice_once", fields=["subscription", "feature", "period_on", "percent"]
            ),
            models.CheckConstraint(name="usage_notice_level_known", condition=Q(percent__in=[80, 100])),
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.percent} %"
