"""Prepaid money: lots with priority and expiry, and what was used of each on which invoice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .documents import Invoice


class BalanceLot(models.Model):
    """One top-up. `unit` says what it holds: money of `currency`, or points. What is left is amount less uses."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="balance_lots")
    name = models.CharField(max_length=64, default="main")
    unit = models.CharField(max_length=8, default="money")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    worth_minor = models.BigIntegerField(default=0, db_default=0)  # of points: what was paid for them, owed until used
    priority = models.PositiveSmallIntegerField(default=0)
    only = models.JSONField(default=dict, blank=True)
    source_kind = models.CharField(max_length=40)
    source_id = models.CharField(max_length=64)
    topped_up_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="balance_lot_once_per_source", fields=["source_kind", "source_id"]),
            models.CheckConstraint(name="balance_lot_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="balance_unit_known", condition=Q(unit__in=["money", "points"])),
        ]
        indexes = [
            models.Index(fields=["account", "priority", "topped_up_at", "id"], name="balance_in_order"),
            models.Index(fields=["-topped_up_at", "-id"], name="balance_newest"),
            models.Index(fields=["expires_at"], name="balance_by_expiry", condition=Q(expires_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.amount_minor} {self.currency}"


class BalanceUse(models.Model):
    """What a lot paid of an invoice (or lost otherwise: `purpose`)."""

    id = models.BigAutoField(primary_key=True)
    lot = models.ForeignKey(BalanceLot, on_delete=models.PROTECT, related_name="uses")
    invoice = models.ForeignKey(Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="balance_uses")
    purpose = models.CharField(max_length=12, default="invoice")  # invoice, expired, taken_back, exchanged
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="balance_used_once_per_invoice", fields=["lot", "invoice"], condition=Q(invoice__isnull=False)
            ),
            models.CheckConstraint(name="balance_use_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="balance_use_names_invoice",
                condition=Q(purpose="invoice", invoice__isnull=False)
                | Q(purpose__in=["expired", "taken_back", "exchanged"], invoice=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
