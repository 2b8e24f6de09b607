"""What a printer says of the cards that it was to print: which are good and which were spoiled."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import User
from provider.kernel.ids import new_id

from .batches import CardBatch


class PrintReportStatus(models.TextChoices):
    READING = "reading", _("Being read")
    READ = "read", _("Read")


class PrintReport(models.Model):
    """One file of a printer about one batch, and what was found in it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    batch = models.ForeignKey(CardBatch, on_delete=models.PROTECT, related_name="print_reports")
    file_id = models.UUIDField()
    file_name = models.CharField(max_length=200)
    file_sha256 = models.BinaryField(max_length=32)
    encoding = models.CharField(max_length=12)
    status = models.CharField(max_length=8, choices=PrintReportStatus.choices, default=PrintReportStatus.READING)
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    read_at = models.DateTimeField(null=True)
    job_id = models.UUIDField(null=True)
    good_count = models.PositiveIntegerField(default=0)
    spoiled_count = models.PositiveIntegerField(default=0)  # taken out of the stock by this report
    late_count = models.PositiveIntegerField(default=0)  # called spoiled, but not in the store any more
    unknown_count = models.PositiveIntegerField(default=0)  # no serial of this batch, or no result
    repeated_count = models.PositiveIntegerField(default=0)  # named before, in this file
    problems = models.JSONField(default=list)  # the first ones: [row, what stands there, what is wrong]
    seen = models.BinaryField(default=bytes)  # a bit for each card, from the first one on: named in this file

    class Meta:
        constraints = [
            models.UniqueConstraint(name="print_report_once", fields=["batch", "file_sha256"]),
            models.CheckConstraint(
                name="print_report_read_says_when",
                condition=Q(status="reading", read_at=None) | Q(status="read", read_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["batch", "-at"], name="print_report_of_batch")]

    def __str__(self) -> str:
        return self.file_name
