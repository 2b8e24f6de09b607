"""What every table of a workspace has, and what every record has."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from provider.kernel.ids import new_id
from provider.kernel.tenancy import WorkspaceManager


class InWorkspace(models.Model):
    """A row of one workspace; seen only inside of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace_id = models.UUIDField()

    objects = WorkspaceManager()

    class Meta:
        abstract = True


class Record(InWorkspace):
    """What people keep in a CRM: found, changed by several at a time, put away but never deleted.

    `version` moves with each change, so that a form that was opened before is refused. `search_text` holds what is
    searched, `match_key` the name in letters that compare alike, `custom` the workspace's own fields by their key.
    """

    search_text = models.TextField(blank=True)
    match_key = models.CharField(max_length=200, blank=True)
    external_ref = models.CharField(max_length=80, blank=True)  # what another system calls it
    custom = models.JSONField(default=dict)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


def inside(to: str, **options: Any) -> Any:
    """A reference to another row of the workspace; the migration makes its foreign key (workspace_id, id)."""
    given: dict[str, Any] = {
        "on_delete": models.PROTECT,
        "db_constraint": False,
        "db_index": False,
        "related_name": "+",
    } | options
    return models.ForeignKey(to, **given)


def texts(length: int) -> Any:
    """Several short texts, such as telephone numbers."""
    return ArrayField(models.CharField(max_length=length), default=list, blank=True)
