"""What the fraud desk was told of and did: ranges frozen around cards that somebody tried, and waits that it ended."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import User
from provider.kernel.state import Transitions

from .batches import CardBatch


class AlertKind(models.TextChoices):
    CANARY = "canary", _("Canary used")  # the printer's file was read
    UNSOLD = "unsold", _("Redeemed before sold")  # cards that lie in a store, with the right secret
    SCAN = "scan", _("Neighbouring cards tried")  # one network, many cards of one carton


class AlertStatus(models.TextChoices):
    OPEN = "open", _("To be checked")
    RELEASED = "released", _("False alarm")
    KEPT = "kept", _("Kept frozen")


ALERT_MOVES: Transitions = {
    AlertStatus.OPEN: frozenset({AlertStatus.RELEASED, AlertStatus.KEPT}),
    AlertStatus.KEPT: frozenset({AlertStatus.RELEASED}),
    AlertStatus.RELEASED: frozenset(),
}


class CardAlert(models.Model):
    """One alarm: which card gave it away, and which range of its batch was frozen at that instant."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(CardBatch, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=8, choices=AlertKind.choices)
    status = models.CharField(max_length=8, choices=AlertStatus.choices, default=AlertStatus.OPEN)
    counter = models.PositiveIntegerField()  # of the card that gave it away
    serial = models.CharField(max_length=14)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    frozen_count = models.PositiveIntegerField()
    block = models.CharField(max_length=49, blank=True)  # the network that the tries came from
    account_id = models.UUIDField(null=True)
    at = models.DateTimeField()  # the instant of the freeze too, by which its cards are known again
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="card_alert_is_a_range", condition=Q(first__gte=1, last__gte=F("first"))),
            models.CheckConstraint(
                name="card_alert_ends_with_its_status",
                condition=Q(status="open", ended_at=None) | ~Q(status="open") & Q(ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="card_alert_newest"),
            models.Index(fields=["batch", "kind"], name="card_alert_open", condition=Q(status="open")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.serial}"


class WaitKind(models.TextChoices):
    """Whose wrong tries are counted; the words of `rules.guessing.FACTORS`."""

    ACCOUNT = "account", _("Account")
    VISITORS = "visitors", _("Visitors of a network")
    NETWORK = "network", _("Network")
    SERIAL = "serial", _("Card")
    EVERYBODY = "everybody", _("Everybody")


class WaitEnded(models.Model):
    """An operator let somebody try again: wrong codes until then count no more for whoever was kept waiting.

    Only added to (trigger `waits_ended_are_kept`).
    """

    id = models.BigAutoField(primary_key=True)
    whose = models.CharField(max_length=9, choices=WaitKind.choices)
    key = models.CharField(max_length=49, blank=True)  # the account, network or serial; of everybody none
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=400)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="wait_ended_says_whose",
                condition=Q(whose="everybody", key="") | ~Q(whose="everybody") & ~Q(key=""),
            ),
        ]
        indexes = [models.Index(fields=["whose", "key", "-at"], name="wait_ended_of")]

    def __str__(self) -> str:
        return f"{self.whose} {self.key}"
