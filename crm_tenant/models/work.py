"""What was done and what is to be done next."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .base import InWorkspace, inside


class TaskKind(models.TextChoices):
    CALL = "call", _("Call")
    MAIL = "mail", _("Write")
    VISIT = "visit", _("Visit")
    DEMO = "demo", _("Demonstrate")
    MEETING = "meeting", _("Meet")
    OTHER = "other", _("Other")


class About(InWorkspace):
    """Something about a company, a person, a deal, or several of them."""

    company = inside("crm_tenant.Company", null=True, blank=True)
    person = inside("crm_tenant.Person", null=True, blank=True)
    deal = inside("crm_tenant.Deal", null=True, blank=True)

    class Meta:
        abstract = True


class Note(About):
    """What somebody wrote down."""

    text = models.TextField()
    user_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    is_sample = models.BooleanField(default=False)

    class Meta:
        db_table = "crm_note"
        constraints = [
            models.CheckConstraint(name="note_has_text", condition=~Q(text="")),
            models.CheckConstraint(name="note_is_about_something", condition=~Q(company=None, person=None, deal=None)),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "deal", "-created_at"], name="note_of_deal"),
            models.Index(fields=["workspace_id", "company", "-created_at"], name="note_of_company"),
            models.Index(fields=["workspace_id", "person", "-created_at"], name="note_of_person"),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class Task(About):
    """The next step: by when and by whom. Without `has_time` it is for the whole day on which `due_at` falls."""

    kind = models.CharField(max_length=8, choices=TaskKind.choices, default=TaskKind.CALL)
    title = models.CharField(max_length=200, blank=True)
    owner = inside("Salesperson", null=True, blank=True)
    due_at = models.DateTimeField()
    has_time = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)
    version = models.PositiveIntegerField(default=1)
    is_sample = models.BooleanField(default=False)

    class Meta:
        db_table = "crm_task"
        constraints = [models.CheckConstraint(name="task_kind_known", condition=Q(kind__in=TaskKind.values))]
        indexes = [
            models.Index(
                fields=["workspace_id", "owner", "due_at"], name="task_open_of_owner",
                condition=Q(done_at=None, archived_at=None),
            ),
            models.Index(
                fields=["workspace_id", "deal", "due_at"], name="task_open_of_deal",
                condition=Q(done_at=None, archived_at=None),
            ),
            models.Index(fields=["workspace_id", "company", "due_at"], name="task_of_company"),
            models.Index(fields=["workspace_id", "person", "due_at"], name="task_of_person"),
            models.Index(fields=["workspace_id", "due_at"], name="task_by_time"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title or self.kind


class Activity(About):
    """One line of the history of a company, a person or a deal; rows are only ever added.

    A deal's lines name its company too, so that the company's page shows them without a join.
    """

    verb = models.CharField(max_length=40)
    at = models.DateTimeField()
    user_id = models.UUIDField(null=True)
    note = inside("Note", null=True)
    task = inside("Task", null=True)
    facts = models.JSONField(default=dict)

    class Meta:
        db_table = "crm_activity"
        constraints = [models.CheckConstraint(name="activity_says_what", condition=~Q(verb=""))]
        indexes = [
            models.Index(
                F("workspace_id"), F(subject), F("at").desc(), F("id").desc(),
                name=f"activity_of_{subject}", condition=Q(**{f"{subject}__isnull": False}),
            )
            for subject in ("company", "person", "deal")
        ] + [models.Index(fields=["workspace_id", "-at", "-id"], name="activity_latest")]  # fmt: skip

    def __str__(self) -> str:
        return self.verb
