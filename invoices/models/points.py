"""Points for prepaid money: at which rate, and who has exchanged how many."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from provider.accounts.models import Account, User
from provider.kernel.ids import new_id

from .balances import BalanceLot


class PointRate(models.Model):
    """So many points for so much money of a currency, from an instant on; no money: points are not exchanged.

    Only added to (trigger `point_rates_are_kept`): the latest of a currency holds.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    currency = models.CharField(max_length=3)
    points = models.PositiveIntegerField()
    amount_minor = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=400)

    class Meta:
        constraints = [models.CheckConstraint(name="point_rate_is_of_points", condition=Q(points__gt=0))]
        indexes = [models.Index(fields=["currency", "-at", "-id"], name="point_rate_latest")]

    def __str__(self) -> str:
        return f"{self.points} {self.amount_minor} {self.currency}"


class PointExchange(models.Model):
    """Points that became prepaid money. Only added to (trigger `point_exchanges_are_kept`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="point_exchanges", db_index=False)
    rate = models.ForeignKey(PointRate, on_delete=models.PROTECT, related_name="+", db_index=False)
    points = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    lot = models.OneToOneField(BalanceLot, on_delete=models.PROTECT, related_name="from_points")  # the money
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    api_key_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="point_exchange_is_positive", condition=Q(points__gt=0, amount_minor__gt=0)),
        ]
        indexes = [models.Index(fields=["account", "-at", "-id"], name="point_exchange_of_account")]

    def __str__(self) -> str:
        return f"{self.points} {self.amount_minor} {self.currency}"
