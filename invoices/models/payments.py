"""Money that came and went: attempts, payments and what they settle, refunds, and what gateways told us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .bank_cards import BankCard
from .documents import CreditNote, Invoice


class AttemptStatus(models.TextChoices):
    CREATED = "created"  # committed before the gateway is asked
    OPEN = "open"  # the payer is at the gateway's page
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


ATTEMPT_TRANSITIONS: dict[str, frozenset[str]] = {
    AttemptStatus.CREATED: frozenset(
        {AttemptStatus.OPEN, AttemptStatus.FAILED, AttemptStatus.SUCCEEDED, AttemptStatus.EXPIRED}
    ),
    AttemptStatus.OPEN: frozenset({AttemptStatus.SUCCEEDED, AttemptStatus.FAILED, AttemptStatus.EXPIRED}),
    AttemptStatus.FAILED: frozenset({AttemptStatus.SUCCEEDED}),
    AttemptStatus.EXPIRED: frozenset({AttemptStatus.SUCCEEDED}),
    AttemptStatus.SUCCEEDED: frozenset(),
}


class PaymentAttempt(models.Model):
    """One try to take money through a gateway; its id is the idempotency key that the gateway is asked with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="attempts")
    gateway = models.CharField(max_length=16)
    status = models.CharField(max_length=10, choices=AttemptStatus.choices, default=AttemptStatus.CREATED)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    session_id = models.CharField(max_length=120, blank=True)
    intent_id = models.CharField(max_length=120, blank=True)
    page_url = models.TextField(blank=True)
    failure_code = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    bank_card = models.ForeignKey(  # taken from it without a page
        BankCard, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    is_by_hand = models.BooleanField(default=False, db_default=False)  # taken from it because a person asked for it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="attempt_session_once", fields=["gateway", "session_id"], condition=~Q(session_id="")
            ),
            models.CheckConstraint(name="attempt_status_known", condition=Q(status__in=AttemptStatus.values)),
            models.CheckConstraint(name="attempt_asks_for_something", condition=Q(amount_minor__gt=0)),
        ]
        indexes = [models.Index(fields=["invoice", "-created_at"], name="attempt_of_invoice")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.status}"


class Payment(models.Model):
    """Money that arrived, once: unique by the gateway's or the bank's own reference."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payments")
    attempt = models.OneToOneField(
        PaymentAttempt, null=True, blank=True, on_delete=models.PROTECT, related_name="payment"
    )
    method = models.CharField(max_length=16)  # stripe, bank, cash
    reference = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    received_on = models.DateField()
    received_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="payment_once", fields=["method", "reference"]),
            models.CheckConstraint(name="payment_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="payment_has_reference", condition=~Q(reference="") & ~Q(method="")),
        ]
        indexes = [models.Index(fields=["account", "-received_at", "-id"], name="payment_of_account")]

    def __str__(self) -> str:
        return f"{self.method} {self.reference}"


class PaymentShare(models.Model):
    """The part of a payment that settles an invoice; what no share names is unapplied."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="shares")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payment_shares")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="payment_share_once", fields=["payment", "invoice"]),
            models.CheckConstraint(name="payment_share_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class RefundStatus(models.TextChoices):
    CREATED = "created"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


REFUND_TRANSITIONS: dict[str, frozenset[str]] = {
    RefundStatus.CREATED: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset({RefundStatus.CREATED, RefundStatus.SUCCEEDED}),
    RefundStatus.SUCCEEDED: frozenset(),
}


class Refund(models.Model):
    """Money that is given back for a credit note, by the way it came or by bank."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="refunds")
    method = models.CharField(max_length=16)
    status = models.CharField(max_length=10, choices=RefundStatus.choices, default=RefundStatus.CREATED)
    reference = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="refund_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="refund_status_known", condition=Q(status__in=RefundStatus.values)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class GatewayEvent(models.Model):
    """What a gateway told us, once: its own id keeps a second delivery from a second effect."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gateway = models.CharField(max_length=16)
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    received_at = models.DateTimeField()
    attempt = models.ForeignKey(PaymentAttempt, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    outcome = models.CharField(max_length=24)  # done, ignored, mismatch

    class Meta:
        constraints = [
            models.UniqueConstraint(name="gateway_event_once", fields=["gateway", "event_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event_id}"
