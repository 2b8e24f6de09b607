"""What was agreed to, who acts for whom, and keys for machines."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from provider.kernel.ids import new_id
from provider.kernel.state import Transitions

from .parties import Account
from .people import User
from .words import Portal


class ConsentKind(models.TextChoices):
    TERMS = "terms"
    PRIVACY = "privacy"
    SUPPORT_ACCESS = "support_access"


class Consent(models.Model):
    """What somebody agreed to: which version of a text, or that staff may act in the account for a while."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=ConsentKind.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="consents")
    granted_to = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=8, blank=True)
    address = models.CharField(max_length=45, blank=True)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="consent_support_access_ends",
                condition=~Q(kind="support_access")
                | Q(account__isnull=False, granted_to__isnull=False, expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="consent_to_a_text_has_version", condition=Q(kind="support_access") | ~Q(version="")
            ),
        ]
        indexes = [models.Index(fields=["account", "kind", "-given_at"], name="consent_of_account")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class SupportRequestStatus(models.TextChoices):
    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"


SUPPORT_REQUEST_MOVES: Transitions = {
    SupportRequestStatus.OPEN: frozenset({SupportRequestStatus.GRANTED, SupportRequestStatus.DECLINED}),
}


class SupportRequest(models.Model):
    """Staff ask the owner for support access, saying why and for how long."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="support_requests")
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    staff_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400)
    hours = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=SupportRequestStatus.choices, default=SupportRequestStatus.OPEN)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="support_request_one_open", fields=["account", "staff_account"], condition=Q(status="open")
            ),
            models.CheckConstraint(name="support_request_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="support_request_hours", condition=Q(hours__gte=1, hours__lte=168)),
            models.CheckConstraint(
                name="support_request_settled_has_time",
                condition=Q(status="open", settled_at=None) | (~Q(status="open") & Q(settled_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["account", "-created_at"], name="support_request_of_account")]

    def __str__(self) -> str:
        return f"{self.staff_id} asks {self.account_id}"


class Impersonation(models.Model):
    """Staff acting for a customer: with a reason, by consent, for a limited time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    staff_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="impersonations")
    portal = models.CharField(max_length=12, choices=Portal.choices)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="impersonations")
    reason = models.CharField(max_length=400)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="impersonation_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="impersonation_is_short",
                condition=Q(expires_at__gt=F("started_at"), expires_at__lte=F("started_at") + timedelta(minutes=60)),
            ),
            models.UniqueConstraint(
                name="impersonation_one_at_a_time", fields=["staff"], condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["account", "-started_at"], name="impersonation_of_account")]

    def __str__(self) -> str:
        return f"{self.staff_id} for {self.account_id}"


class ApiKey(models.Model):
    """A key for machines: shown once, kept as a hash, limited to scopes, revocable."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="api_keys")
    portal = models.CharField(max_length=12, choices=Portal.choices)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=20)
    secret_hash = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    is_test = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-created_at"], name="api_key_of_account")]

    def __str__(self) -> str:
        return self.name
