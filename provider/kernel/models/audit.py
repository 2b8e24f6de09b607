"""Who did what, on whose behalf, from what to what, and why."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from provider.kernel.ids import new_id


class AuditRow(models.Model):
    """One act. Rows are only ever added (trigger `audit_is_append_only`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()  # when it happened, by the clock of the account
    recorded_at = models.DateTimeField(db_default=Now())  # when it was written, by the database's clock
    actor_kind = models.CharField(max_length=12)
    user_id = models.UUIDField(null=True)
    api_key_id = models.UUIDField(null=True)
    portal = models.CharField(max_length=12, blank=True)
    role = models.CharField(max_length=12, blank=True)
    impersonation_id = models.UUIDField(null=True)  # staff acting for a customer: on this authority
    home_account_id = models.UUIDField(null=True)  # ... and from this account
    account_id = models.UUIDField(null=True)  # whose history it belongs to
    verb = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)  # of what changed only
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "kernel_audit"
        constraints = [
            models.CheckConstraint(
                name="audit_names_who",
                condition=Q(actor_kind="person", user_id__isnull=False)
                | Q(actor_kind="api_key", api_key_id__isnull=False)
                | Q(actor_kind__in=["system", "anonymous"]),
            ),
            models.CheckConstraint(
                name="audit_names_on_whose_authority",
                condition=Q(impersonation_id=None) | Q(user_id__isnull=False, home_account_id__isnull=False),
            ),
            models.CheckConstraint(
                name="audit_says_what", condition=~Q(verb="") & ~Q(subject_kind="") & ~Q(subject_id="")
            ),
        ]
        indexes = [
            models.Index(
                F("account_id"), F("id").desc(), name="audit_of_account", condition=Q(account_id__isnull=False)
            ),
            # lists for people are in the order of the times that they show, which is not the order of writing
            models.Index(F("at").desc(), F("id").desc(), name="audit_by_time"),
            models.Index(
                F("account_id"),
                F("at").desc(),
                F("id").desc(),
                name="audit_of_account_by_time",
                condition=Q(account_id__isnull=False),
            ),
            models.Index(F("subject_kind"), F("subject_id"), F("id").desc(), name="audit_of_subject"),
            models.Index(F("user_id"), F("id").desc(), name="audit_of_user", condition=Q(user_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind} {self.subject_id}"
