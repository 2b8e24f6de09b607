"""What holders report about a card that is not taken though they bought it, and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from provider.accounts.models import Account, User
from provider.kernel.ids import new_id
from provider.kernel.state import Transitions

from .cards import Card


class ReportKind(models.TextChoices):
    UNSOLD = "unsold", _("The shop has not registered the sale")
    DAMAGED = "damaged", _("The code cannot be read")
    EXPIRED = "expired", _("The last day has passed")


class ReportStatus(models.TextChoices):
    OPEN = "open", _("Being looked at")
    SOLVED = "solved", pgettext_lazy("report", "Solved")
    DECLINED = "declined", _("Declined")


REPORT_MOVES: Transitions = {
    ReportStatus.OPEN: frozenset({ReportStatus.SOLVED, ReportStatus.DECLINED}),
    ReportStatus.SOLVED: frozenset(),
    ReportStatus.DECLINED: frozenset(),
}


class CardReport(models.Model):
    """A report by its number: of which card as far as the holder can say, and what was answered.

    Whether the serial names a card is never told to who reports it; `card` is for those who answer.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=8, unique=True)
    kind = models.CharField(max_length=8, choices=ReportKind.choices)
    status = models.CharField(max_length=8, choices=ReportStatus.choices, default=ReportStatus.OPEN)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    serial = models.CharField(max_length=14)
    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="reports")
    is_proven = models.BooleanField(default=False)  # the right secret was shown before
    receipt = models.CharField(max_length=60, blank=True)
    bought_on = models.DateField(null=True)
    words = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    answer = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="card_report_once", fields=["account", "serial", "kind"], condition=Q(status="open")
            ),
            models.CheckConstraint(
                name="card_report_ends_with_its_status",
                condition=Q(status="open", ended_at=None) | ~Q(status="open") & Q(ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at"], name="card_report_of_account"),
            models.Index(fields=["status", "-created_at"], name="card_report_queue"),
        ]

    def __str__(self) -> str:
        return self.number
