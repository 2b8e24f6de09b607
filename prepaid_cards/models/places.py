"""Where cards go over the counter, as cards know it: the stores of resellers, kept here by those above."""

from __future__ import annotations

from django.db import models

from provider.accounts.models import Account


class SellingPlace(models.Model):
    """A store of a reseller: its own id, code and name, written whenever the store is opened, renamed or closed."""

    id = models.UUIDField(primary_key=True, editable=False)
    seller = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    is_open = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
