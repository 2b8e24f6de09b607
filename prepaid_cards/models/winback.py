"""Offers to accounts that sleep: who was chosen, what was written to them, and when."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Account, User
from provider.kernel.ids import new_id

from .campaigns import Campaign


class WinBackRound(models.Model):
    """Accounts that were chosen together, and the one letter that they get."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=400, blank=True)
    chosen_at = models.DateTimeField()
    chosen_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    job_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="win_back_round_is_sent_by_its_job",
                condition=Q(sent_at=None, job_id=None, campaign=None, note="")
                | Q(sent_at__isnull=False, job_id__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["-chosen_at", "-id"], name="win_back_round_newest")]

    def __str__(self) -> str:
        return f"{self.chosen_at:%Y-%m-%d}"


class OfferStatus(models.TextChoices):
    WAITING = "waiting", _("Waits")
    SENT = "sent", _("Sent")
    AWAKE = "awake", _("Came back before")
    NO_ADDRESS = "no_address", _("Without an address")
    RECENT = "recent", _("Written to lately")


class WinBackOffer(models.Model):
    """One account of a round: written to once, or left out for a reason."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(WinBackRound, on_delete=models.PROTECT, related_name="offers")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="win_back_offers", db_index=False)
    status = models.CharField(max_length=10, choices=OfferStatus.choices, default=OfferStatus.WAITING)
    at = models.DateTimeField(null=True)  # when it was sent or left out

    class Meta:
        constraints = [
            models.UniqueConstraint(name="win_back_once_per_round", fields=["round", "account"]),
            models.CheckConstraint(
                name="win_back_offer_says_when",
                condition=Q(status="waiting", at=None) | ~Q(status="waiting") & Q(at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["account", "-at"], name="win_back_of_account", condition=Q(status="sent"))]

    def __str__(self) -> str:
        return f"{self.account_id} {self.status}"
