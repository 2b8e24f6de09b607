"""Cards that will not be redeemed any more: by which policy, in which month, and which serials."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Account, User
from provider.kernel.ids import new_id

from .batches import CardBatch
from .cards import Card
from .products import CardProduct
from .redemptions import Redemption


class BreakageMethod(models.TextChoices):
    NONE = "none", _("Nothing is taken into revenue")
    PROPORTIONAL = "proportional", _("In proportion to redemptions")  # by an expected rate
    REMOTE = "remote", _("Only when redemption is remote")


class BreakagePolicy(models.Model):
    """How breakage is taken into revenue from a month on. Never changed: a newer one replaces it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(
        CardProduct, null=True, on_delete=models.PROTECT, related_name="breakage_policies"
    )  # none: every product without a policy of its own
    method = models.CharField(max_length=12, choices=BreakageMethod.choices)
    expected_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)  # that will not be redeemed
    remote_months = models.PositiveSmallIntegerField(default=0)  # since the sale
    starts_on = models.DateField()  # the first day of a month
    reason = models.CharField(max_length=400)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="breakage_policy_is_whole",
                condition=Q(method="none", expected_percent=0, remote_months=0)
                | Q(method="proportional", expected_percent__gt=0, expected_percent__lt=100, remote_months=0)
                | Q(method="remote", expected_percent=0, remote_months__gt=0),
            ),
            models.CheckConstraint(name="breakage_policy_from_a_first", condition=Q(starts_on__day=1)),
        ]
        indexes = [models.Index(fields=["-decided_at", "-id"], name="breakage_policy_newest")]

    def __str__(self) -> str:
        return f"{self.method} {self.starts_on:%Y-%m}"


class BreakageMonth(models.Model):
    """A month for which breakage was released, once; also where there was nothing to release."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    month = models.DateField(unique=True)  # its first day
    count = models.PositiveIntegerField()
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="breakage_month_is_a_month", condition=Q(month__day=1))]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class BreakageRelease(models.Model):
    """What a month released of the cards of one batch that one seller has sold, and the figures that it came from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    month = models.ForeignKey(BreakageMonth, on_delete=models.PROTECT, related_name="releases")
    batch = models.ForeignKey(CardBatch, on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.ForeignKey(BreakagePolicy, on_delete=models.PROTECT, related_name="releases")
    sold = models.PositiveIntegerField()
    redeemed = models.PositiveIntegerField()
    due = models.PositiveIntegerField()  # how many should be released by then, in all
    standing = models.PositiveIntegerField()  # how many were before
    count = models.PositiveIntegerField()
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()  # the month's last instant

    class Meta:
        constraints = [
            models.UniqueConstraint(name="breakage_released_once", fields=["month", "batch", "seller"]),
            models.CheckConstraint(
                name="breakage_release_is_within_its_cards",
                condition=Q(count__gt=0, minor__gt=0, redeemed__lte=F("sold"), due__lte=F("sold") - F("redeemed"))
                & Q(count__lte=F("due") - F("standing")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month_id} {self.count}"


class CardBreakage(models.Model):
    """One card that counts as never to be redeemed; taken back in the act that redeems it after all."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(BreakageRelease, on_delete=models.PROTECT, related_name="cards")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="breakages", db_index=False)
    minor = models.BigIntegerField()
    released_at = models.DateTimeField()
    reopened_at = models.DateTimeField(null=True)
    redemption = models.ForeignKey(
        Redemption, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # that it was reopened for

    class Meta:
        constraints = [
            models.UniqueConstraint(name="card_broken_once", fields=["card"], condition=Q(reopened_at=None)),
            models.CheckConstraint(name="card_breakage_is_worth_something", condition=Q(minor__gt=0)),
            models.CheckConstraint(
                name="card_breakage_reopens_for_a_redemption",
                condition=Q(reopened_at=None, redemption=None)
                | Q(reopened_at__gt=F("released_at"), redemption__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["card", "released_at"], name="card_breakage_of_card"),
            models.Index(fields=["released_at"], name="card_breakage_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} {self.minor}"
