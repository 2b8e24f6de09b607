"""Coupons: the offer, its grant to an account, and what it took off which invoice."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .documents import Invoice


class Coupon(models.Model):
    """A percentage or an amount, for so many invoices or for ever, on everything or only on some labels.

    It is given to accounts from `starts_at` to `expires_at`; who has it keeps it.
    `only`: {"meters": [...], "charges": [...], "plans": [...]}; empty: on everything.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=64)
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    times = models.PositiveIntegerField(null=True, blank=True)  # invoices; None: for ever
    only = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="coupon_code_once_per_seller", fields=["seller_account", "code"]),
            models.CheckConstraint(
                name="coupon_takes_percent_or_amount",
                condition=Q(percent__gt=0, percent__lte=100, amount_minor=None, currency="")
                | (Q(percent=None, amount_minor__gt=0) & ~Q(currency="")),
            ),
            models.CheckConstraint(
                name="coupon_is_given_for_a_while",
                condition=Q(starts_at=None) | Q(expires_at=None) | Q(expires_at__gt=F("starts_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class AppliedCoupon(models.Model):
    """A coupon that an account has, for invoices due before `ended_at`. The older goes first within its breadth."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="applied")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="applied_coupons")
    applied_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="coupon_applied_once", fields=["coupon", "account"], condition=Q(ended_at=None)
            ),
        ]
        indexes = [models.Index(fields=["coupon", "-applied_at", "-id"], name="coupon_holders_newest")]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.account_id}"


class CouponUse(models.Model):
    """What an applied coupon took off an invoice; their number is what `times` counts."""

    id = models.BigAutoField(primary_key=True)
    applied = models.ForeignKey(AppliedCoupon, on_delete=models.PROTECT, related_name="uses")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="coupon_uses")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="coupon_used_once_per_invoice", fields=["applied", "invoice"]),
            models.CheckConstraint(name="coupon_use_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
