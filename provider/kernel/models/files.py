"""Documents, exports and uploads: what is stored where; the bytes lie in Django's default storage."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from provider.kernel.ids import new_id


class StoredFile(models.Model):
    """One file. Its content never changes (trigger `stored_file_is_frozen`); taken away, the row stays."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.CharField(max_length=40)
    account_id = models.UUIDField(null=True)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=120)
    size_bytes = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    storage_key = models.CharField(max_length=200, unique=True)
    user_id = models.UUIDField(null=True)  # who stored it
    created_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="file_has_name_and_type", condition=~Q(name="") & ~Q(media_type="")),
            models.CheckConstraint(name="file_size_not_negative", condition=Q(size_bytes__gte=0)),
        ]
        indexes = [
            models.Index(fields=["account_id", "purpose", "-id"], name="file_of_account"),
            models.Index(
                fields=["expires_at"], name="file_expiry", condition=Q(deleted_at=None, expires_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name
