"""Invoices and credit notes: what they say never changes once they are finalized (`document_is_frozen`).

What is open, paid, sent or printed stands in `InvoiceState`. Rows of lookup tables (seller, series, run, versions of
plans) are named by their ids without a foreign key: checking those is what makes a billing run slow.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from plans.models import Period, Subscription
from provider.accounts.models import Account
from provider.kernel.ids import new_id


class DocumentStatus(models.TextChoices):
    DRAFT = "draft"
    FINALIZED = "finalized"


class Invoice(models.Model):
    """What an account is asked to pay. `due_at` is when it should have been billed; `issued_on` when it was made."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, related_name="invoices")
    seller_id = models.UUIDField()
    status = models.CharField(max_length=10, choices=DocumentStatus.choices, default=DocumentStatus.FINALIZED)
    cause = models.CharField(max_length=12)  # act, run, rise (an event billed at once), manual
    run_id = models.UUIDField(null=True, blank=True)
    series_id = models.BigIntegerField(null=True, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    number_text = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    issued_on = models.DateField(null=True, blank=True)
    pay_by_on = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    is_tax_inclusive = models.BooleanField(default=False)
    subtotal_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    credit_applied_minor = models.BigIntegerField(default=0)
    balance_applied_minor = models.BigIntegerField(default=0)
    due_minor = models.BigIntegerField()
    taxes = models.JSONField(default=list)  # per rate: {"rate", "base_minor", "tax_minor", "is_inclusive"}
    snapshot = models.JSONField(default=dict)  # seller, buyer, texts as they were: what the document prints
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="invoice_number_once", fields=["series_id", "number"], condition=Q(number__isnull=False)
            ),
            models.CheckConstraint(name="invoice_status_known", condition=Q(status__in=DocumentStatus.values)),
            models.CheckConstraint(
                name="invoice_finalized_has_number",
                condition=Q(status="draft", number=None, series_id=None, issued_on=None)
                | (
                    Q(status="finalized", number__isnull=False, series_id__isnull=False, issued_on__isnull=False)
                    & ~Q(number_text="")
                ),
            ),
            models.CheckConstraint(
                name="invoice_sums_up",
                condition=Q(due_minor=F("total_minor") - F("credit_applied_minor") - F("balance_applied_minor"))
                & (
                    Q(is_tax_inclusive=True, total_minor=F("subtotal_minor") - F("discount_minor"))
                    | Q(is_tax_inclusive=False, total_minor=F("subtotal_minor") - F("discount_minor") + F("tax_minor"))
                ),
            ),
            models.CheckConstraint(
                name="invoice_asks_for_no_less_than_nothing",
                condition=Q(due_minor__gte=0, credit_applied_minor__gte=0, balance_applied_minor__gte=0),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-due_at", "-id"], name="invoice_of_account"),
            models.Index(fields=["-made_at", "-id"], name="invoice_newest"),
            models.Index(fields=["run_id"], name="invoice_of_run", condition=Q(run_id__isnull=False)),
            models.Index(fields=["number_text"], name="invoice_number", condition=~Q(number_text="")),
        ]

    def __str__(self) -> str:
        return self.number_text or "draft"


class InvoiceLine(models.Model):
    """One line with the arithmetic that made it. `ordinal` counts the lines of a period, so that none comes twice."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, db_index=False, related_name="lines")
    position = models.PositiveIntegerField()
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    period = models.ForeignKey(
        Period, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    ordinal = models.PositiveIntegerField(default=0)
    stretch = models.PositiveSmallIntegerField(null=True, blank=True)
    version_id = models.UUIDField(null=True, blank=True)
    plan_code = models.CharField(max_length=64, blank=True)
    charge_code = models.CharField(max_length=64)
    meter_code = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=10)  # recurring, usage, one_time, minimum, adjustment
    description = models.CharField(max_length=300, blank=True)  # of a line by hand; others are told from their facts
    start_on = models.DateField(null=True, blank=True)
    end_on = models.DateField(null=True, blank=True)
    whole_days = models.PositiveIntegerField(default=0)
    units = models.DecimalField(max_digits=24, decimal_places=8)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    is_creditable = models.BooleanField(default=False)
    arithmetic = models.JSONField(default=dict)
    # What the meter was asked and answered, and the newest batch of usage that was known: by these the events behind
    # the line are found for good. Lines without a meter, and those made before this was kept, have none.
    used_from_at = models.DateTimeField(null=True, blank=True)
    used_until_at = models.DateTimeField(null=True, blank=True)
    used_quantity = models.DecimalField(null=True, blank=True, max_digits=30, decimal_places=8)
    used_batch_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="invoice_line_position_once", fields=["invoice", "position"]),
            models.UniqueConstraint(
                name="period_is_billed_once",
                fields=["period", "kind", "ordinal"],
                condition=Q(period__isnull=False),
            ),
            models.CheckConstraint(
                name="invoice_line_kind_known",
                condition=Q(kind__in=["recurring", "usage", "one_time", "minimum", "adjustment"]),
            ),
            models.CheckConstraint(
                name="invoice_line_span_is_whole",
                condition=Q(start_on=None, end_on=None) | Q(end_on__gte=F("start_on")),
            ),
            models.CheckConstraint(
                name="invoice_line_tally_is_whole",
                condition=Q(used_from_at=None, used_until_at=None, used_quantity=None, used_batch_id=None)
                | Q(used_until_at__gte=F("used_from_at"), used_quantity__isnull=False, used_batch_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["subscription", "id"], name="line_of_subscription", condition=Q(subscription__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.charge_code} {self.amount_minor}"


class InvoiceState(models.Model):
    """What became of an invoice: open, paid, credited, given up; when it was sent; where its print lies."""

    invoice = models.OneToOneField(Invoice, on_delete=models.CASCADE, primary_key=True, related_name="state")
    account_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    paid_minor = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0)  # by credit notes, towards what was due
    open_minor = models.BigIntegerField()
    pay_by_on = models.DateField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    file_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invoice_open_is_not_negative",
                condition=Q(open_minor__gte=0, paid_minor__gte=0, credited_minor__gte=0),
            ),
            models.CheckConstraint(
                name="invoice_settled_when_nothing_is_open",
                condition=Q(open_minor=0, settled_at__isnull=False) | Q(open_minor__gt=0, settled_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["account_id", "pay_by_on"], name="invoice_open", condition=Q(open_minor__gt=0)),
            models.Index(fields=["pay_by_on", "invoice"], name="invoice_overdue", condition=Q(open_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.open_minor} {self.currency}"


class CreditNote(models.Model):
    """Takes back part of one invoice: refunded, or kept as credit for later invoices, oldest first."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, related_name="+")
    seller_id = models.UUIDField()
    series_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    number_text = models.CharField(max_length=40)
    cause = models.CharField(max_length=12)  # unused, manual, void, corrected
    reason = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    issued_on = models.DateField()
    language = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    is_tax_inclusive = models.BooleanField(default=False)
    subtotal_minor = models.BigIntegerField()  # after discount, before tax (with it, where prices include it)
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    refund_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField()
    taxes = models.JSONField(default=list)
    snapshot = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="credit_note_number_once", fields=["series_id", "number"]),
            models.CheckConstraint(
                name="credit_note_sums_up", condition=Q(total_minor=F("refund_minor") + F("credit_minor"))
            ),
            models.CheckConstraint(
                name="credit_note_gives_something",
                condition=Q(total_minor__gt=0, refund_minor__gte=0, credit_minor__gte=0),
            ),
        ]
        indexes = [models.Index(fields=["account", "due_at", "id"], name="credit_note_of_account")]

    def __str__(self) -> str:
        return self.number_text


class CreditNoteLine(models.Model):
    """What a credit note takes off one line of its invoice."""

    id = models.BigAutoField(primary_key=True)
    credit_note = models.ForeignKey(CreditNote, on_delete=models.CASCADE, db_index=False, related_name="lines")
    position = models.PositiveIntegerField()
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credits")
    start_on = models.DateField(null=True, blank=True)  # the days that are given back
    end_on = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()  # before discount
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    arithmetic = models.JSONField(default=dict)
    # Of usage that was taken back: how many units of the line, as of which batch of usage.
    units = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    used_batch_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="credit_line_position_once", fields=["credit_note", "position"]),
            models.CheckConstraint(
                name="credit_line_is_not_negative", condition=Q(amount_minor__gte=0, discount_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.amount_minor}"


class CreditUse(models.Model):
    """Credit of a credit note that an invoice used when it was made."""

    id = models.BigAutoField(primary_key=True)
    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="uses")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_uses")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="credit_used_once_per_invoice", fields=["credit_note", "invoice"]),
            models.CheckConstraint(name="credit_use_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
