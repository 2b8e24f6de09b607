"""Which records were found to be one and the same."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .base import InWorkspace


class Merge(InWorkspace):
    """One record was merged into another of its kind; what moved is kept, so that it can be taken back.

    `moved` names the rows that referred to the one merged away ("Deal.company" -> ids); `before` and `after` hold the
    fields of the one that stays.
    """

    kind = models.CharField(max_length=8)  # company, person
    kept_id = models.UUIDField()
    gone_id = models.UUIDField()
    moved = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    user_id = models.UUIDField(null=True)
    merged_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "crm_merge"
        constraints = [
            models.CheckConstraint(name="merge_kind_known", condition=Q(kind__in=["company", "person"])),
            models.UniqueConstraint(
                name="merged_once", fields=["workspace_id", "gone_id"], condition=Q(undone_at=None)
            ),
        ]
        indexes = [models.Index(fields=["workspace_id", "kept_id"], name="merge_of_kept")]

    def __str__(self) -> str:
        return f"{self.gone_id} into {self.kept_id}"
