"""Erasure on the owner's legal request: the one way in which anything of an account is ever deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from provider.kernel.ids import new_id
from provider.kernel.state import Transitions

from .parties import Account
from .people import User
from .words import Language


class ErasureStatus(models.TextChoices):
    ASKED = "asked", _("Asked for")
    OPENED = "opened", _("Checked, waits for a second person")
    WAITING = "waiting", _("Approved, the waiting time runs")
    ERASING = "erasing", _("Being erased")
    ERASED = "erased", _("Erased")
    WITHDRAWN = "withdrawn", pgettext_lazy("of a request", "Withdrawn")
    DECLINED = "declined", _("Declined")


ERASURE_MOVES: Transitions = {
    ErasureStatus.ASKED: frozenset({ErasureStatus.OPENED, ErasureStatus.WITHDRAWN, ErasureStatus.DECLINED}),
    ErasureStatus.OPENED: frozenset({ErasureStatus.WAITING, ErasureStatus.WITHDRAWN, ErasureStatus.DECLINED}),
    ErasureStatus.WAITING: frozenset({ErasureStatus.ERASING, ErasureStatus.WITHDRAWN}),
    ErasureStatus.ERASING: frozenset({ErasureStatus.ERASED}),
}
OPEN_ERASURES = ("asked", "opened", "waiting", "erasing")


class Erasure(models.Model):
    """One request: asked by an owner, opened by one of the staff, approved by another, done after a waiting time.

    `gives_up` is what the owner was shown and let go: money and points that are left. `counts` and `digest` are the
    certificate: what was erased, and a hash over all that it says.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="erasures")
    status = models.CharField(max_length=9, choices=ErasureStatus.choices, default=ErasureStatus.ASKED)
    reason = models.CharField(max_length=400, blank=True)
    language = models.CharField(max_length=8, choices=Language.choices)
    gives_up = models.JSONField(default=list)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    erase_at = models.DateTimeField(null=True)  # not before
    settled_at = models.DateTimeField(null=True)  # withdrawn, declined or erased
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=400, blank=True)  # why it was declined
    counts = models.JSONField(default=dict)
    certificate = models.JSONField(null=True)
    digest = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="erasure_one_open", fields=["account"], condition=Q(status__in=OPEN_ERASURES)),
            models.CheckConstraint(
                name="erasure_takes_two_people", condition=Q(approved_by=None) | ~Q(approved_by=F("opened_by"))
            ),
            models.CheckConstraint(
                name="erasure_approved_says_when",
                condition=~Q(status__in=["waiting", "erasing", "erased"])
                | Q(
                    opened_by__isnull=False,
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                    erase_at__gt=F("approved_at"),
                ),
            ),
            models.CheckConstraint(
                name="erasure_erased_has_certificate",
                condition=~Q(status="erased")
                | Q(certificate__isnull=False, digest__isnull=False, settled_at__gte=F("erase_at")),
            ),
            models.CheckConstraint(
                name="erasure_settled_has_time",
                condition=Q(status__in=OPEN_ERASURES, settled_at=None)
                | (~Q(status__in=OPEN_ERASURES) & Q(settled_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="erasure_newest"),
            models.Index(fields=["erase_at"], name="erasure_due", condition=Q(status="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.status}"
