"""Who sells and to whom: sellers with their number series, and how each account is billed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from provider.accounts.models import Account
from provider.kernel.ids import new_id


class Seller(models.Model):
    """The party on the head of an invoice. A test seller has its own series and is never switched to a real one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="+")
    legal_name = models.CharField(max_length=200)
    address = models.TextField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    tax_id = models.CharField(max_length=32, blank=True)
    bank_details = models.TextField(blank=True)
    time_zone = models.CharField(max_length=64)  # issue dates are days of this zone
    number_prefix = models.CharField(max_length=12)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)  # percent, unless a charge says its own
    is_tax_inclusive = models.BooleanField(default=False)
    payment_days = models.PositiveSmallIntegerField(default=14)
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="seller_prefix_once", fields=["number_prefix"]),
            models.CheckConstraint(name="seller_has_name", condition=~Q(legal_name="") & ~Q(number_prefix="")),
            models.CheckConstraint(name="seller_tax_rate_is_percent", condition=Q(tax_rate__gte=0, tax_rate__lte=100)),
        ]

    def __str__(self) -> str:
        return self.legal_name


class InvoiceSeries(models.Model):
    """The numbers of one kind of document of one seller in one year: gapless, taken last, by one UPDATE a batch."""

    id = models.BigAutoField(primary_key=True)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="series")
    kind = models.CharField(max_length=12)  # invoice, credit_note
    year = models.PositiveSmallIntegerField()
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "invoice series"
        constraints = [
            models.UniqueConstraint(name="series_once_a_year", fields=["seller", "kind", "year"]),
            models.CheckConstraint(name="series_kind_known", condition=Q(kind__in=["invoice", "credit_note"])),
            models.CheckConstraint(name="series_counts_from_one", condition=Q(next_number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}"


class BillingProfile(models.Model):
    """How an account is billed: by which seller, at which tax, on which terms. Without one: as its seller says."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="+")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+")
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    is_tax_inclusive = models.BooleanField(null=True, blank=True)
    payment_days = models.PositiveSmallIntegerField(null=True, blank=True)
    reference = models.CharField(max_length=80, blank=True)  # the buyer's order number, printed on each invoice
    gateway_customer = models.CharField(max_length=80, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="billing_tax_rate_is_percent",
                condition=Q(tax_rate=None) | Q(tax_rate__gte=0, tax_rate__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return str(self.account_id)
