"""Where a reseller sells, and who works there."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from provider.accounts.models import Account, User
from provider.kernel.ids import new_id


class Store(models.Model):
    """A place with a till. Its code stands on every receipt, so it never changes (trigger `store_code_stays`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reseller = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="stores")
    code = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="store_code_once", fields=["reseller", "code"]),
            models.UniqueConstraint(
                name="store_name_once", fields=["reseller", "name"], condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(name="store_code_is_plain", condition=Q(code__regex=r"^[A-Z0-9]{1,8}$")),
            models.CheckConstraint(name="store_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="store_closes_after_it_opened", condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StoreMember(models.Model):
    """Somebody who sells in a store, from one day to another. Owners sell in every store and need no row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="store_member_once", fields=["store", "user"], condition=Q(until_at__isnull=True)
            ),
            models.CheckConstraint(
                name="store_member_is_half_open", condition=Q(until_at=None) | Q(until_at__gte=F("from_at"))
            ),
        ]
        indexes = [models.Index(fields=["user"], name="store_member_of_user", condition=Q(until_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.store_id} {self.user_id}"
