"""Bank cards that the gateway keeps for an account, and the invoices that are taken from them without being asked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .documents import Invoice


class BankCard(models.Model):
    """A bank card kept at the gateway: here only by what names it there, and by what its owner knows it by."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, related_name="bank_cards")
    gateway = models.CharField(max_length=16)
    customer_ref = models.CharField(max_length=120)
    method_ref = models.CharField(max_length=120)
    brand = models.CharField(max_length=24)
    last4 = models.CharField(max_length=4)
    expires_month = models.PositiveSmallIntegerField()
    expires_year = models.PositiveSmallIntegerField()
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="bank_card_saved_once", fields=["gateway", "method_ref"]),
            models.UniqueConstraint(
                name="bank_card_one_of_account", fields=["account"], condition=Q(removed_at__isnull=True)
            ),
            models.CheckConstraint(name="bank_card_month_is_one", condition=Q(expires_month__range=(1, 12))),
        ]
        indexes = [models.Index(fields=["account", "-saved_at"], name="bank_card_of_account")]

    def __str__(self) -> str:
        return f"{self.brand} {self.last4}"


class ChargeStatus(models.TextChoices):
    WAITING = "waiting"  # it is tried when its time has come
    SETTLED = "settled"  # nothing of the invoice is open any more
    STOPPED = "stopped"  # it is tried no more; the payer was told


CHARGE_TRANSITIONS: dict[str, frozenset[str]] = {
    ChargeStatus.WAITING: frozenset({ChargeStatus.SETTLED, ChargeStatus.STOPPED}),
    ChargeStatus.STOPPED: frozenset({ChargeStatus.WAITING, ChargeStatus.SETTLED}),
    ChargeStatus.SETTLED: frozenset(),
}


class AutomaticPayment(models.Model):
    """An invoice that is taken from the account's bank card: when next, how often it was tried, and how it ended."""

    invoice = models.OneToOneField(
        Invoice, primary_key=True, on_delete=models.CASCADE, related_name="automatic_payment"
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, related_name="+")
    status = models.CharField(max_length=8, choices=ChargeStatus.choices, default=ChargeStatus.WAITING)
    refused_count = models.PositiveSmallIntegerField(default=0)
    by_hand_count = models.PositiveSmallIntegerField(
        default=0, db_default=0
    )  # refusals of tries that a person asked for
    failure_code = models.CharField(max_length=80, blank=True)  # of the last refusal
    next_try_at = models.DateTimeField(null=True, blank=True)  # on the account's clock
    planned_at = models.DateTimeField(null=True, blank=True)  # the next try, while one by hand stands in its place
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="automatic_payment_status_known", condition=Q(status__in=ChargeStatus.values)),
            models.CheckConstraint(
                name="automatic_payment_waits_until",
                condition=Q(status="waiting", next_try_at__isnull=False)
                | (~Q(status="waiting") & Q(next_try_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="automatic_payment_due", condition=Q(status="waiting")),
            models.Index(fields=["account"], name="automatic_payment_of_account", condition=~Q(status="settled")),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.invoice_id}"
