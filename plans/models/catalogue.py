"""What is sold: plans, their versions, the charges of a version with a price per currency, and what they allow.

Prices are exact decimals in major units of their currency. A published version never changes, nor do its charges,
prices, minimums and entitlements (triggers `published_..._frozen`): a new price is a new version, and which subscribers
move to it is chosen.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value

from provider.accounts.models import Account
from provider.kernel.ids import new_id


class VersionStatus(models.TextChoices):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"  # sold no more; those who have it keep it


TRANSITIONS: dict[str, frozenset[str]] = {
    VersionStatus.DRAFT: frozenset({VersionStatus.PUBLISHED}),
    VersionStatus.PUBLISHED: frozenset({VersionStatus.WITHDRAWN}),
    VersionStatus.WITHDRAWN: frozenset({VersionStatus.PUBLISHED}),
}


class Plan(models.Model):
    """What a customer chooses. `seller` is the account that sells it: the provider, or one of tests and stories."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(max_length=64)
    name = models.CharField(max_length=80)
    name_hans = models.CharField(max_length=80, blank=True)
    name_hant = models.CharField(max_length=80, blank=True)
    summary = models.CharField(max_length=200, blank=True)
    summary_hans = models.CharField(max_length=200, blank=True)
    summary_hant = models.CharField(max_length=200, blank=True)
    grants_crm = models.BooleanField(default=True)  # a main subscription; without it the plan is an add-on
    is_offered = models.BooleanField(default=True)  # to new subscribers, on the sign-up page
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="plan_code_once_per_seller", fields=["seller", "code"]),
            models.CheckConstraint(name="plan_has_name", condition=~Q(name="") & ~Q(code="")),
        ]
        indexes = [models.Index(fields=["seller", "position", "code"], name="plan_of_seller")]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """The terms of a plan as they were published, or a draft of the next ones."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    interval_months = models.PositiveSmallIntegerField(default=1)
    interval_days = models.PositiveSmallIntegerField(default=0)
    anchor = models.CharField(max_length=12, default="anniversary")  # calendar, anniversary, day
    anchor_day = models.PositiveSmallIntegerField(null=True, blank=True)
    trial_days = models.PositiveSmallIntegerField(default=0)
    grace_days = models.PositiveSmallIntegerField(default=7)
    late_usage_days = models.PositiveSmallIntegerField(default=35)
    bills_last_day = models.BooleanField(default=True)
    currencies = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)  # it is sold in
    note = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)  # of the content, since it was published
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="plan_version_number_once", fields=["plan", "number"]),
            models.UniqueConstraint(name="plan_one_draft", fields=["plan"], condition=Q(status="draft")),
            models.CheckConstraint(name="plan_version_status_known", condition=Q(status__in=VersionStatus.values)),
            models.CheckConstraint(
                name="plan_version_has_one_interval",
                condition=Q(interval_months__gt=0, interval_days=0) | Q(interval_months=0, interval_days__gt=0),
            ),
            models.CheckConstraint(
                name="plan_version_anchor_known",
                condition=Q(anchor__in=["calendar", "anniversary"], anchor_day=None)
                | Q(anchor="day", anchor_day__gte=1, anchor_day__lte=31),
            ),
            models.CheckConstraint(
                name="plan_version_published_has_digest",
                condition=Q(status="draft", published_at=None, digest="")
                | (~Q(status="draft") & Q(published_at__isnull=False) & ~Q(digest="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.number}"


class PlanCharge(models.Model):
    """One price of a version: what it counts, how, when it is billed. The amounts stand per currency."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="charges")
    position = models.PositiveSmallIntegerField(default=0)
    code = models.SlugField(max_length=64)
    name = models.CharField(max_length=80, blank=True)
    name_hans = models.CharField(max_length=80, blank=True)
    name_hant = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=12)
    meter = models.ForeignKey("plans.Meter", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    timing = models.CharField(max_length=12)
    is_prorated = models.BooleanField()
    is_free_in_trial = models.BooleanField(default=False, db_default=False)  # the base fee always is
    interval_months = models.PositiveSmallIntegerField(default=0)  # 0 and 0: the plan's
    interval_days = models.PositiveSmallIntegerField(default=0)
    quantity = models.DecimalField(
        null=True, blank=True, max_digits=24, decimal_places=8
    )  # of units sold, unless set otherwise
    tax_rate = models.DecimalField(null=True, blank=True, max_digits=7, decimal_places=4)  # percent; None: the seller's

    class Meta:
        constraints = [
            models.UniqueConstraint(name="charge_code_once_per_version", fields=["version", "code"]),
            models.CheckConstraint(
                name="charge_model_known",
                condition=Q(model__in=["flat", "per_unit", "graduated", "volume", "package", "percentage", "one_time"]),
            ),
            models.CheckConstraint(name="charge_timing_known", condition=Q(timing__in=["in_advance", "in_arrears"])),
            models.CheckConstraint(name="charge_code_not_reserved", condition=~Q(code__in=["", "minimum"])),
            models.CheckConstraint(
                name="charge_has_at_most_one_interval", condition=Q(interval_months=0) | Q(interval_days=0)
            ),
            models.CheckConstraint(
                name="charge_meter_fits_model",
                condition=Q(model__in=["flat", "one_time"], meter=None, quantity=None)
                | Q(model="per_unit", meter=None, quantity__gte=0)
                | Q(model="per_unit", meter__isnull=False, quantity=None)
                | Q(
                    model__in=["graduated", "volume", "package", "percentage"],
                    meter__isnull=False,
                    quantity=None,
                ),
            ),
            models.CheckConstraint(
                name="charge_tax_rate_is_percent",
                condition=Q(tax_rate=None) | Q(tax_rate__gte=0, tax_rate__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ChargePrice(models.Model):
    """The amounts of a charge in one currency, in major units.

    `tiers`: [{"up_to": "100" or null, "unit": "0.5", "flat": "0"}]; `phases`: [{"price", "days", "months"}].
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    charge = models.ForeignKey(PlanCharge, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    price = models.DecimalField(default=0, max_digits=24, decimal_places=8)
    tiers = models.JSONField(default=list, blank=True)
    phases = models.JSONField(default=list, blank=True)
    size = models.DecimalField(default=1, max_digits=24, decimal_places=8)
    free_units = models.DecimalField(default=0, max_digits=24, decimal_places=8)
    rate = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)  # percent
    fixed = models.DecimalField(default=0, max_digits=24, decimal_places=8)
    free_events = models.PositiveIntegerField(null=True, blank=True)
    free_total = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    min_per_event = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    max_per_event = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    minimum = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="charge_price_once_per_currency", fields=["charge", "currency"]),
            models.CheckConstraint(name="charge_price_currency_is_code", condition=Q(currency__regex="^[A-Z]{3}$")),
            models.CheckConstraint(
                name="charge_price_not_negative", condition=Q(price__gte=0, fixed__gte=0, free_units__gte=0)
            ),
            models.CheckConstraint(name="charge_price_package_has_units", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="charge_price_event_limits_in_order",
                condition=Q(min_per_event=None) | Q(max_per_event=None) | Q(min_per_event__lte=F("max_per_event")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price} {self.currency}"


class PlanMinimum(models.Model):
    """What a subscriber pays at least per interval, in one currency, in major units."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="minimums")
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=24, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="plan_minimum_once_per_currency", fields=["version", "currency"]),
            models.CheckConstraint(name="plan_minimum_is_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Entitlement(models.Model):
    """What a version allows: a module that is on, or a limit (None: without limit) on seats, records, fields, SMS."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="entitlements")
    feature = models.SlugField(max_length=64)
    limit = models.PositiveBigIntegerField(null=True, blank=True)
    stops_at_limit = models.BooleanField(default=False)  # else it is noticed at 80 and 100 %, and goes on

    class Meta:
        constraints = [
            models.UniqueConstraint(name="entitlement_once_per_version", fields=["version", "feature"]),
        ]

    def __str__(self) -> str:
        return self.feature
