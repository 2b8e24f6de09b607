"""Who has what: subscriptions, the facts that tell what they are served, and the periods that were opened.

The facts (stretches, schedules, quantities) only gain rows; an open stretch is closed once. Periods are stored when
they are opened, are half-open, and cannot overlap for one subscription and charge (`periods_do_not_overlap`).
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .catalogue import PlanVersion


class SubscriptionStatus(models.TextChoices):
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


TRANSITIONS: dict[str, frozenset[str]] = {
    SubscriptionStatus.SCHEDULED: frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.ENDED}),
    SubscriptionStatus.ACTIVE: frozenset({SubscriptionStatus.PAUSED, SubscriptionStatus.ENDED}),
    SubscriptionStatus.PAUSED: frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.ENDED}),
    SubscriptionStatus.ENDED: frozenset({SubscriptionStatus.ACTIVE}),
}


def _days(*, start: str, end: str) -> Func:
    return Func(F(start), F(end), Value("[)"), function="daterange", output_field=DateRangeField())


class Subscription(models.Model):
    """One plan of one account over time. Its days are those of `time_zone`, which stays as it was at the start."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscriptions")
    code = models.SlugField(max_length=64, default="main")
    status = models.CharField(max_length=10, choices=SubscriptionStatus.choices)
    is_main = models.BooleanField(default=True)  # grants the CRM: the account's access follows it
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    pays = models.CharField(max_length=10)  # on_terms, automatic, prepaid
    first_on = models.DateField()
    started_at = models.DateTimeField()
    paid_until = models.DateTimeField(null=True, blank=True)  # prepaid: the first instant no longer paid
    ended_at = models.DateTimeField(null=True, blank=True)
    next_due_at = models.DateTimeField(null=True, blank=True)  # the next scheduled work, whatever it is
    # The earliest instant of events that came after their period was billed; the next invoice looks at them.
    late_from_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="subscription_code_once_per_account", fields=["account", "code"]),
            models.UniqueConstraint(
                name="account_has_one_main_subscription",
                fields=["account"],
                condition=Q(is_main=True) & ~Q(status="ended"),
            ),
            models.CheckConstraint(name="subscription_status_known", condition=Q(status__in=SubscriptionStatus.values)),
            models.CheckConstraint(
                name="subscription_pays_known", condition=Q(pays__in=["on_terms", "automatic", "prepaid"])
            ),
            models.CheckConstraint(
                name="subscription_ended_has_time",
                condition=Q(status="ended", ended_at__isnull=False) | (~Q(status="ended") & Q(ended_at=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["next_due_at", "id"], name="subscription_due", condition=Q(next_due_at__isnull=False)),
            models.Index(fields=["account", "-created_at"], name="subscription_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.code}"


class Stretch(models.Model):
    """Uninterrupted service under one version: days [start_on, end_on), events [from_at, until_at)."""

    pk = models.CompositePrimaryKey("subscription_id", "position")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, db_index=False, related_name="stretches")
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=16)  # start, change, resume, reactivate, renewal, grace
    is_free = models.BooleanField(default=False, db_default=False)  # served and never billed: grace on prepaid terms
    start_on = models.DateField()
    from_at = models.DateTimeField()
    end_on = models.DateField(null=True, blank=True)
    until_at = models.DateTimeField(null=True, blank=True)
    end_cause = models.CharField(
        max_length=16, blank=True
    )  # change, renewal, grace, pause, cancel, end, dormant, main, main_end

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="stretches_do_not_overlap",
                expressions=[
                    ("subscription", RangeOperators.EQUAL),
                    (_days(start="start_on", end="end_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="stretch_end_is_whole",
                condition=Q(end_on=None, until_at=None, end_cause="")
                | (Q(end_on__gte=F("start_on"), until_at__gte=F("from_at")) & ~Q(end_cause="")),
            ),
            models.UniqueConstraint(
                name="subscription_has_one_open_stretch", fields=["subscription"], condition=Q(end_on=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.start_on}"


class SubscriptionSchedule(models.Model):
    """From the local day `from_on` on, periods follow this schedule: one boundary (`anchor_on`) and an interval."""

    pk = models.CompositePrimaryKey("subscription_id", "position")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, db_index=False, related_name="schedules")
    position = models.PositiveSmallIntegerField()
    from_on = models.DateField()
    interval_months = models.PositiveSmallIntegerField()
    interval_days = models.PositiveSmallIntegerField()
    anchor_on = models.DateField()
    day_of_month = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="schedule_has_one_interval",
                condition=Q(interval_months__gt=0, interval_days=0) | Q(interval_months=0, interval_days__gt=0),
            ),
            models.CheckConstraint(
                name="schedule_day_of_month", condition=Q(day_of_month__gte=1, day_of_month__lte=31)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.from_on}"


class SubscriptionQuantity(models.Model):
    """From the instant `from_at` on, so many units of a charge are sold."""

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="quantities")
    charge_code = models.CharField(max_length=64)
    from_at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=24, decimal_places=8)

    class Meta:
        constraints = [
            models.CheckConstraint(name="quantity_not_negative", condition=Q(quantity__gte=0)),
        ]
        indexes = [models.Index(fields=["subscription", "charge_code", "from_at", "id"], name="quantity_in_order")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.charge_code}"


class PendingChange(models.Model):
    """What was chosen for later and takes effect in the scheduled work of that instant."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="pending_changes")
    verb = models.CharField(max_length=16)  # start, change_plan, cancel
    due_at = models.DateTimeField()
    version = models.ForeignKey(PlanVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    unused = models.CharField(max_length=8, default="credit")  # credit, refund, none
    chosen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)  # done, withdrawn

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="pending_change_verb_known", condition=Q(verb__in=["start", "change_plan", "cancel"])
            ),
            models.CheckConstraint(
                name="pending_change_unused_known", condition=Q(unused__in=["credit", "refund", "none"])
            ),
            models.CheckConstraint(
                name="pending_change_settled_has_outcome",
                condition=Q(settled_at=None, outcome="")
                | Q(settled_at__isnull=False, outcome__in=["done", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="pending_change_names_version",
                condition=Q(verb="change_plan", version__isnull=False) | Q(version=None),
            ),
        ]
        indexes = [
            models.Index(fields=["subscription", "due_at"], name="pending_waiting", condition=Q(settled_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.due_at}"


class Period(models.Model):
    """A span of one charge that was opened and settled: days [start_on, end_on) of the whole period.

    `units` is the highest number billed in it. A period is only ever shortened, by a cut of the service.
    """

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, db_index=False, related_name="periods")
    stretch = models.PositiveSmallIntegerField()
    charge_code = models.CharField(max_length=64)  # "minimum" for the plan's minimum
    start_on = models.DateField()
    end_on = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    whole_start_on = models.DateField()
    whole_end_on = models.DateField()
    units = models.DecimalField(default=0, max_digits=24, decimal_places=8)
    settled_at = models.DateTimeField()  # the instant at which it was due, not the one at which a late run came

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="periods_do_not_overlap",
                expressions=[
                    ("subscription", RangeOperators.EQUAL),
                    ("charge_code", RangeOperators.EQUAL),
                    (_days(start="start_on", end="end_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.UniqueConstraint(name="period_once", fields=["subscription", "charge_code", "stretch", "start_on"]),
            models.CheckConstraint(
                name="period_is_half_open", condition=Q(end_on__gte=F("start_on"), ends_at__gte=F("starts_at"))
            ),
            models.CheckConstraint(name="period_names_charge", condition=~Q(charge_code="")),
        ]

    def __str__(self) -> str:
        return f"{self.charge_code} {self.start_on}"


class PaidTerm(models.Model):
    """Days [start_on, end_on) that were paid before they began: by a card, or by a term bought online.

    `source` names what paid (a redemption, an invoice). Taken back, the row stays and its days are free again; one with
    seats goes on parting the seats' periods there, so that what was opened stays as it was opened.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="paid_terms")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    start_on = models.DateField()
    end_on = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    source_kind = models.CharField(max_length=40)
    source_id = models.CharField(max_length=64)
    seats = models.PositiveIntegerField(default=0, db_default=0)  # that it pays for too, beside its time
    created_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="paid_terms_do_not_overlap",
                expressions=[
                    ("subscription", RangeOperators.EQUAL),
                    (_days(start="start_on", end="end_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(taken_back_at=None),
            ),
            models.UniqueConstraint(name="paid_term_once_per_source", fields=["source_kind", "source_id"]),
            models.CheckConstraint(
                name="paid_term_is_half_open", condition=Q(end_on__gt=F("start_on"), ends_at__gt=F("starts_at"))
            ),
        ]
        indexes = [models.Index(fields=["subscription", "start_on"], name="paid_term_of_subscription")]

    def __str__(self) -> str:
        return f"{self.start_on} {self.end_on}"


class AgreedPrice(models.Model):
    """For the days [start_on, end_on), a charge of one subscription costs other amounts than its plan says.

    It holds in every version of the plan whose charge of that code has the same model. What was agreed is never
    rewritten: it is ended, on a day that is not billed yet, or withdrawn before it began.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="agreed_prices")
    plan = models.ForeignKey("plans.Plan", on_delete=models.PROTECT, related_name="+")
    charge_code = models.CharField(max_length=64)
    charge_model = models.CharField(max_length=12)
    start_on = models.DateField()
    end_on = models.DateField(null=True, blank=True)
    amounts = models.JSONField()  # texts by name: price; tiers; rate, fixed, min_per_event, max_per_event
    reason = models.CharField(max_length=400)
    agreed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="agreed_prices_do_not_overlap",
                expressions=[
                    ("subscription", RangeOperators.EQUAL),
                    ("plan", RangeOperators.EQUAL),
                    ("charge_code", RangeOperators.EQUAL),
                    (_days(start="start_on", end="end_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="agreed_price_is_half_open", condition=Q(end_on=None) | Q(end_on__gt=F("start_on"))
            ),
            models.CheckConstraint(name="agreed_price_has_reason", condition=~Q(reason="") & ~Q(charge_code="")),
        ]
        indexes = [models.Index(fields=["subscription", "start_on"], name="agreed_price_in_order")]

    def __str__(self) -> str:
        return f"{self.charge_code} from {self.start_on}"
