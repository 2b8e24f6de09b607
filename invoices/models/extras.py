"""What an account is charged for by hand: set-up, training, consulting. It waits for an invoice to stand on."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .documents import Invoice


class ExtraLine(models.Model):
    """One line by hand: it waits, stands on an invoice, or was withdrawn before it did."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    description = models.CharField(max_length=300)
    units = models.DecimalField(max_digits=24, decimal_places=8)
    unit_price = models.DecimalField(max_digits=24, decimal_places=8)  # in major units of the currency
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)  # None: as usual
    start_on = models.DateField(null=True, blank=True)
    end_on = models.DateField(null=True, blank=True)  # the day after the last one
    reason = models.CharField(max_length=300, blank=True)
    user_id = models.UUIDField(null=True, blank=True)
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    invoice = models.ForeignKey(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="extra_lines"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="extra_line_asks_for_something",
                condition=Q(amount_minor__gt=0, units__gt=0, unit_price__gt=0) & ~Q(description=""),
            ),
            models.CheckConstraint(
                name="extra_line_span_is_whole",
                condition=Q(start_on=None, end_on=None) | Q(end_on__gt=F("start_on")),
            ),
            models.CheckConstraint(
                name="extra_line_is_billed_or_withdrawn", condition=Q(withdrawn_at=None) | Q(invoice=None)
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "added_at", "id"],
                name="extra_lines_waiting",
                condition=Q(invoice=None, withdrawn_at=None),
            ),
            models.Index(fields=["invoice"], name="extra_line_of_invoice", condition=Q(invoice__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.description
