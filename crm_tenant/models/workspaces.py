"""The directory of workspaces: which account's CRM stands in which cell."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from provider.kernel.ids import new_id


class Workspace(models.Model):
    """The CRM of one account. This directory stands in the main database and leads to the cell.

    `record_count` is the level of customer records; it moves in the transaction of the record, and is what is metered.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_id = models.UUIDField(unique=True)
    region_code = models.CharField(max_length=32, blank=True)
    cell = models.CharField(max_length=32, default="default")
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    settings = models.JSONField(default=dict)
    record_count = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "crm_workspace"
        constraints = [models.CheckConstraint(name="workspace_count_not_negative", condition=Q(record_count__gte=0))]

    def __str__(self) -> str:
        return self.name
