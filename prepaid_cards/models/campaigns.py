"""Promotions of renewal cards, and what each gave to whom."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Account, Region, User
from provider.kernel.ids import new_id
from provider.kernel.state import Transitions

from .batches import CardBatch
from .places import SellingPlace
from .products import CardProduct
from .redemptions import Redemption


class BonusKind(models.TextChoices):
    MONTHS = "months", _("Months")
    DAYS = "days", _("Days")
    POINTS = "points", _("Points")
    PERCENT = "percent", _("Percent more of what the card gives")


class Audience(models.TextChoices):
    ANYBODY = "anybody", _("Everybody")
    FIRST = "first", _("Whoever redeems a card for the first time")
    AGAIN = "again", _("Whoever has redeemed one before")
    WIN_BACK = "win_back", _("Whoever comes back from being dormant")


class CampaignStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RUNNING = "running", _("Launched")
    STOPPED = "stopped", _("Stopped")


CAMPAIGN_MOVES: Transitions = {
    CampaignStatus.DRAFT: frozenset({CampaignStatus.RUNNING, CampaignStatus.STOPPED}),
    CampaignStatus.RUNNING: frozenset({CampaignStatus.STOPPED}),
    CampaignStatus.STOPPED: frozenset(),
}


class Campaign(models.Model):
    """A bonus on redeeming, within a window and a budget. The budget is never exceeded, by check constraints too."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=8, choices=CampaignStatus.choices, default=CampaignStatus.DRAFT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # the first instant after the last day
    bonus_kind = models.CharField(max_length=8, choices=BonusKind.choices)
    bonus_amount = models.PositiveIntegerField()
    point_cost_minor = models.PositiveIntegerField(default=1)  # what a point costs us
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.ANYBODY)
    currency = models.CharField(max_length=3)  # of the cards, and of the budget
    budget_count = models.PositiveIntegerField(null=True)
    budget_minor = models.BigIntegerField(null=True)
    used_count = models.PositiveIntegerField(default=0)
    used_minor = models.BigIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(default=100)  # the smaller first
    is_combinable = models.BooleanField(default=False)
    products = models.ManyToManyField(CardProduct, blank=True, related_name="+")  # none: all
    batches = models.ManyToManyField(CardBatch, blank=True, related_name="+")
    sellers = models.ManyToManyField(Account, blank=True, related_name="+")
    stores = models.ManyToManyField(SellingPlace, blank=True, related_name="+")
    regions = models.ManyToManyField(Region, blank=True, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    launched_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="campaign_ends_after_it_begins", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="campaign_gives_something", condition=Q(bonus_amount__gt=0)),
            models.CheckConstraint(
                name="campaign_count_stays_in_budget",
                condition=Q(budget_count=None) | Q(used_count__lte=F("budget_count")),
            ),
            models.CheckConstraint(
                name="campaign_money_stays_in_budget",
                condition=Q(budget_minor=None) | Q(used_minor__lte=F("budget_minor")),
            ),
            models.CheckConstraint(
                name="campaign_use_is_not_negative", condition=Q(used_count__gte=0, used_minor__gte=0)
            ),
            models.CheckConstraint(
                name="campaign_status_has_its_facts",
                condition=Q(status="draft", launched_at=None, stopped_at=None)
                | Q(status="running", launched_at__isnull=False, stopped_at=None)
                | Q(status="stopped", stopped_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], name="campaign_running", condition=Q(status="running")),
            models.Index(fields=["-created_at", "-id"], name="campaign_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignUse(models.Model):
    """What a promotion gave to one redemption; given back when the redemption was undone."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="uses")
    redemption = models.ForeignKey(Redemption, on_delete=models.PROTECT, related_name="bonuses")
    months = models.PositiveSmallIntegerField(default=0)
    days = models.PositiveIntegerField(default=0)
    points = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField(default=0)  # more money or points of a card of money or points
    currency = models.CharField(max_length=3)
    cost_minor = models.BigIntegerField()
    at = models.DateTimeField()
    given_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="campaign_once_per_redemption", fields=["campaign", "redemption"]),
            models.CheckConstraint(name="campaign_use_costs_no_less_than_nothing", condition=Q(cost_minor__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.redemption_id}"
