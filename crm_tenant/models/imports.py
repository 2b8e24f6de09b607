"""Files that are read into the workspace."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from provider.kernel.state import Transitions

from .base import InWorkspace, inside


class ImportStatus(models.TextChoices):
    DRAFT = "draft", _("Being prepared")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")
    UNDONE = "undone", _("Taken back")


IMPORT_MOVES: Transitions = {
    ImportStatus.DRAFT: frozenset({ImportStatus.RUNNING}),
    ImportStatus.RUNNING: frozenset({ImportStatus.DONE, ImportStatus.CANCELLED, ImportStatus.UNDONE}),
    ImportStatus.CANCELLED: frozenset({ImportStatus.UNDONE}),
    ImportStatus.DONE: frozenset({ImportStatus.UNDONE}),
    ImportStatus.UNDONE: frozenset(),
}


class ImportKind(models.TextChoices):
    """What a file holds, in the order in which files that refer to each other are read."""

    SALESPEOPLE = "salespeople", _("Sales people")
    COMPANIES = "companies", _("Companies")
    PEOPLE = "people", _("People")
    DEALS = "deals", _("Deals")


class Import(InWorkspace):
    """One or several files that refer to each other by name, read together; it can be taken back."""

    status = models.CharField(max_length=10, choices=ImportStatus.choices, default=ImportStatus.DRAFT)
    job_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "crm_import"
        constraints = [models.CheckConstraint(name="import_status_known", condition=Q(status__in=ImportStatus.values))]
        indexes = [models.Index(fields=["workspace_id", "-created_at"], name="import_latest")]

    def __str__(self) -> str:
        return f"{self.status} {self.created_at:%Y-%m-%d}"


class ImportFile(InWorkspace):
    """A file of an import: how it is written, what its columns mean, and what is wrong in it."""

    batch = inside("Import")
    file_id = models.UUIDField()
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=ImportKind.choices)
    encoding = models.CharField(max_length=12)
    delimiter = models.CharField(max_length=1)
    columns = models.JSONField()  # the headings, in order
    mapping = models.JSONField(default=dict)  # heading -> field
    stages = models.JSONField(default=dict)  # what the file calls a stage -> the stage's id
    row_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)  # the first ones
    problem_count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "crm_importfile"
        constraints = [models.CheckConstraint(name="importfile_kind_known", condition=Q(kind__in=ImportKind.values))]
        indexes = [models.Index(fields=["workspace_id", "batch"], name="importfile_of_import")]

    def __str__(self) -> str:
        return self.name
