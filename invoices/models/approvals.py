"""Invoices that wait for somebody's approval: the rules that say which, and what became of those that waited."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .documents import Invoice


class ApprovalKind(models.TextChoices):
    FIRST = "first"  # the first invoice of an account
    ABOVE = "above"  # a total above an amount of a currency
    CHANGED = "changed"  # a total that differs from the one before by more than so many percent


class ApprovalRule(models.Model):
    """Which invoices are looked at before they are sent. No row in force: none is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=ApprovalKind.choices)
    currency = models.CharField(max_length=3, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    percent = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="approval_rule_fits_its_kind",
                condition=Q(kind="first", amount_minor=None, percent=None, currency="")
                | Q(kind="above", amount_minor__gte=0, percent=None, currency__regex="^[A-Z]{3}$")
                | Q(kind="changed", amount_minor=None, percent__gt=0, currency=""),
            ),
            models.UniqueConstraint(name="approval_rule_once", fields=["kind", "currency"], condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return self.kind


class WaitingState(models.TextChoices):
    WAITING = "waiting"
    SET_ASIDE = "set_aside"  # somebody has looked and will not send it; it may still be approved
    APPROVED = "approved"


class WaitingInvoice(models.Model):
    """A draft that billing made and that asks nobody for anything before it is approved.

    Its periods count as billed, so later ones go on. `owed` are days of its lines that were cut while it waited,
    [{"line_id", "unused_days", "days", "end"}]: they are credited when it is approved.
    """

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, primary_key=True, related_name="waiting")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=10, choices=WaitingState.choices, default=WaitingState.WAITING)
    reasons = models.JSONField()  # [{"kind", "limit_minor", "percent"}]
    currency = models.CharField(max_length=3)
    last_minor = models.BigIntegerField(null=True, blank=True)  # the total of the invoice before it
    owed = models.JSONField(default=list)
    since_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)  # why it was set aside

    class Meta:
        constraints = [
            models.CheckConstraint(name="waiting_state_known", condition=Q(state__in=WaitingState.values)),
            models.CheckConstraint(
                name="waiting_settled_says_when",
                condition=Q(state="waiting", settled_at=None) | (~Q(state="waiting") & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(name="set_aside_says_why", condition=~Q(state="set_aside") | ~Q(note="")),
        ]
        indexes = [
            models.Index(fields=["-since_at", "-invoice"], name="waiting_now", condition=Q(state="waiting")),
            models.Index(fields=["account"], name="waiting_of_account", condition=~Q(state="approved")),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.state}"
