"""Cards in place of others: a sold card whose secret is of no use any more, and the one that its holder has now."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from provider.accounts.models import User
from provider.kernel.ids import new_id

from .cards import Card


class CardReplacement(models.Model):
    """One card in place of another: the same sale, the same worth, another secret.

    Only added to (trigger `card_replacements_are_kept`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    old = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="replaced_by")
    new = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="in_place_of")
    reason = models.CharField(max_length=400)
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.CheckConstraint(name="card_replaced_by_another", condition=~Q(old=F("new")))]

    def __str__(self) -> str:
        return f"{self.old_id} {self.new_id}"
