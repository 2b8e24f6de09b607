"""Redemptions, and the tries that were none."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from plans.models import Subscription
from provider.accounts.models import Account, User
from provider.kernel.ids import new_id

from .cards import Card
from .products import GrantKind, TaxClass


class RedemptionStatus(models.TextChoices):
    DONE = "done", _("Redeemed")
    UNDONE = "undone", _("Undone")


class Redemption(models.Model):
    """One card, used by one account: what was promised, and what it did. A card has one that was not undone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="redemptions", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="card_redemptions", db_index=False)
    kind = models.CharField(max_length=8, choices=GrantKind.choices)
    status = models.CharField(max_length=6, choices=RedemptionStatus.choices, default=RedemptionStatus.DONE)
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    api_key_id = models.UUIDField(null=True)
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # what was extended
    campaign_id = models.UUIDField(null=True)  # whose bonus it had
    face_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)  # due now, of a multi-purpose card
    currency = models.CharField(max_length=3)
    tax_class = models.CharField(max_length=16, choices=TaxClass.choices)
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    quote_digest = models.BinaryField(max_length=32)  # of what was shown before
    facts = models.JSONField()  # the quote, and where the account stood before, for undoing
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="card_redeemed_once", fields=["card"], condition=Q(status="done")),
            models.CheckConstraint(
                name="redemption_undone_says_when",
                condition=Q(status="done", undone_at=None) | Q(status="undone", undone_at__isnull=False),
            ),
            models.CheckConstraint(
                name="redemption_term_is_a_span",
                condition=Q(begins_at=None, ends_at=None) | Q(ends_at__gt=F("begins_at")),
            ),
            models.CheckConstraint(
                name="redemption_of_time_has_a_term",
                condition=Q(kind__in=["top_up", "points"]) | Q(begins_at__isnull=False, subscription__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-at"], name="redemption_of_account"),
            models.Index(fields=["card", "-at"], name="redemption_of_card"),
            models.Index(fields=["-at"], name="redemption_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} {self.status}"


class AttemptOutcome(models.TextChoices):
    WRONG = "wrong", _("Unknown code")  # no card has this secret
    CANARY = "canary", _("Code of the printer's file")  # a secret that nobody should know
    UNSOLD = "unsold", _("Not sold")
    USED = "used", _("Redeemed before")
    FROZEN = "frozen", _("Frozen")
    VOID = "void", _("Void")
    EXPIRED = "expired", _("Expired")
    CLOSED = "closed", _("Batch not open")  # the batch is not open
    UNFIT = "unfit", _("Another region or brand")  # another region, brand or currency


class RedemptionAttempt(models.Model):
    """A try that was refused. Only `wrong` and `canary` count as guesses; the others had the right secret."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=AttemptOutcome.choices)
    is_guess = models.BooleanField()
    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    account_id = models.UUIDField(null=True)
    block = models.CharField(max_length=49, blank=True)  # the network that the address belongs to
    serial = models.CharField(max_length=14, blank=True)  # where one was given

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "at"], name="attempt_of_account", condition=Q(is_guess=True)),
            models.Index(fields=["block", "at"], name="attempt_of_block", condition=Q(is_guess=True)),
            models.Index(fields=["serial", "at"], name="attempt_of_serial", condition=Q(is_guess=True) & ~Q(serial="")),
            models.Index(fields=["at"], name="attempt_of_all", condition=Q(is_guess=True)),
            models.Index(fields=["card", "-at"], name="attempt_of_card", condition=Q(card__isnull=False)),
            models.Index(fields=["-at", "-id"], name="attempt_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.at:%Y-%m-%d %H:%M}"
