"""Cards that the provider sends to a reseller: under which terms, and what was missing on arrival."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from prepaid_cards.models import Card, CardShipment
from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .agreements import Agreement


class StockTransfer(models.Model):
    """A shipment on account. Whether it is under way, received or called back is the shipment's own state.

    Without `agreement` it was sent before terms were agreed on: it can be received, and sold once there are terms.
    What was sent stays (trigger `stock_transfer_stays`); how many were missing is set once, on arrival.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shipment = models.OneToOneField(CardShipment, on_delete=models.PROTECT, related_name="transfer")
    reseller = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.PROTECT, related_name="transfers")
    count = models.PositiveIntegerField()
    face_minor = models.BigIntegerField()  # of all of them together
    currency = models.CharField(max_length=3)
    sent_at = models.DateTimeField()
    missing_count = models.PositiveIntegerField(null=True)  # None: not received yet

    class Meta:
        constraints = [
            models.CheckConstraint(name="stock_transfer_has_cards", condition=Q(count__gte=1, face_minor__gte=0)),
            models.CheckConstraint(
                name="stock_transfer_misses_no_more_than_sent",
                condition=Q(missing_count=None) | Q(missing_count__lte=F("count")),
            ),
        ]
        indexes = [models.Index(fields=["reseller", "-sent_at", "-id"], name="stock_transfer_of_reseller")]

    def __str__(self) -> str:
        return f"{self.count} cards {self.sent_at:%Y-%m-%d}"


class MissingCard(models.Model):
    """A card that was sent and did not arrive. It was frozen then; what becomes of it stands in its own history."""

    id = models.BigAutoField(primary_key=True)
    transfer = models.ForeignKey(StockTransfer, on_delete=models.PROTECT, related_name="missing")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="+")
    serial = models.CharField(max_length=14)

    class Meta:
        constraints = [models.UniqueConstraint(name="missing_card_once", fields=["transfer", "card"])]

    def __str__(self) -> str:
        return self.serial
