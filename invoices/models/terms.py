"""Terms that are bought online."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from provider.accounts.models import Account

from .documents import Invoice


class TermOrder(models.Model):
    """So many months of a version, on an invoice of their own; the time is added when that is paid."""

    invoice = models.OneToOneField(Invoice, primary_key=True, on_delete=models.PROTECT, related_name="term_order")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    version_id = models.UUIDField()
    months = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    face_minor = models.BigIntegerField()  # before tax: what the time is worth if the plan changes before it is paid
    ordered_at = models.DateTimeField()
    granted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="term_order_asks_for_something", condition=Q(months__gt=0, face_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.months}"
