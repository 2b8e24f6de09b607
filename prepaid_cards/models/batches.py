"""Batches: cards made together, and the one file in which their secrets lie until the printer has them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prepaid_cards.rules.amounts import Price
from provider.accounts.models import User
from provider.kernel.ids import new_id
from provider.kernel.state import Transitions

from .products import CardProduct, RedeemBy, TaxClass


class BatchKind(models.TextChoices):
    PRINTED = "printed", _("Printed")  # generated at once, exported to a printer
    ELECTRONIC = "electronic", _("Electronic")  # cards come into being one by one, when somebody asks


class BatchStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    GENERATING = "generating", _("Being made")
    GENERATED = "generated", pgettext_lazy("card", "Made")
    EXPORTED = "exported", _("At the printer")
    OPEN = "open", pgettext_lazy("card batch", "Open")
    LOCKED = "locked", _("Locked")
    VOID = "void", _("Void")


BATCH_MOVES: Transitions = {
    BatchStatus.DRAFT: frozenset({BatchStatus.APPROVED, BatchStatus.VOID}),
    BatchStatus.APPROVED: frozenset({BatchStatus.GENERATING, BatchStatus.OPEN, BatchStatus.VOID}),
    BatchStatus.GENERATING: frozenset({BatchStatus.GENERATED, BatchStatus.VOID}),
    BatchStatus.GENERATED: frozenset({BatchStatus.EXPORTED, BatchStatus.VOID}),
    BatchStatus.EXPORTED: frozenset({BatchStatus.OPEN, BatchStatus.VOID}),
    BatchStatus.OPEN: frozenset({BatchStatus.LOCKED, BatchStatus.VOID}),
    BatchStatus.LOCKED: frozenset({BatchStatus.OPEN, BatchStatus.VOID}),
    BatchStatus.VOID: frozenset(),
}


class CardBatch(models.Model):
    """Cards made together. Prices and rules are its own copy, so that a batch stays what it was printed as."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(CardProduct, on_delete=models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=10, choices=BatchKind.choices, default=BatchKind.PRINTED)
    prefix = models.CharField(max_length=6, unique=True)
    request_key = models.CharField(max_length=80, unique=True)
    count = models.PositiveIntegerField()  # ordered; of an electronic batch: how many may come into being
    canary_count = models.PositiveSmallIntegerField(default=0)  # made beside the ordered ones, never to be used
    made_count = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    face_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    tax_class = models.CharField(max_length=16, choices=TaxClass.choices)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    redeem_by = models.CharField(max_length=8, choices=RedeemBy.choices)
    redeem_before = models.DateTimeField(null=True)  # of a fixed last day: the first instant after it
    redeem_by_years = models.PositiveSmallIntegerField(null=True)
    status = models.CharField(max_length=10, choices=BatchStatus.choices, default=BatchStatus.DRAFT)
    needs_second_person = models.BooleanField()
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    generated_at = models.DateTimeField(null=True)
    exported_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    job_id = models.UUIDField(null=True)
    # The key of the sealed file, itself sealed under the card key `wrapped_with`, which is not in the database.
    wrapped_key = models.BinaryField(null=True)
    wrapped_with = models.CharField(max_length=4, blank=True)
    key_expires_at = models.DateTimeField(null=True)
    key_destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="card_batch_count_is_sane", condition=Q(count__gte=1, count__lte=5_000_000)),
            models.CheckConstraint(
                name="card_batch_makes_no_more_than_ordered",
                condition=Q(made_count__lte=F("count") + F("canary_count")),
            ),
            models.CheckConstraint(name="card_batch_prefix_is_six_digits", condition=Q(prefix__regex=r"^[0-9]{6}$")),
            models.CheckConstraint(
                name="card_batch_second_person_is_another",
                condition=Q(needs_second_person=False) | Q(approved_by=None) | ~Q(approved_by=F("ordered_by")),
            ),
            models.CheckConstraint(
                name="card_batch_status_has_its_facts",
                condition=Q(status="draft", approved_at=None)
                | Q(status__in=["approved", "generating"], approved_at__isnull=False)
                | Q(status="generated", approved_at__isnull=False, generated_at__isnull=False)
                | Q(status="exported", approved_at__isnull=False, exported_at__isnull=False)
                | Q(status="open", approved_at__isnull=False, opened_at__isnull=False)
                | Q(status="locked", opened_at__isnull=False, locked_at__isnull=False)
                | Q(status="void", voided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="card_batch_key_is_held_or_destroyed",
                condition=Q(wrapped_key=None) | Q(key_destroyed_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["-ordered_at", "-id"], name="card_batch_newest"),
            models.Index(fields=["key_expires_at"], name="card_batch_key_due", condition=Q(wrapped_key__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.prefix

    @property
    def total_count(self) -> int:
        """How many are made: the ordered ones and the canaries among them."""
        return self.count + self.canary_count

    @property
    def price(self) -> Price:
        """What each card puts into the books."""
        return Price(face_minor=self.face_minor, tax_class=self.tax_class, rate=self.tax_rate)


class ExportMethod(models.TextChoices):
    AGE = "age", _("age, to the printer's public key")  # to the printer's public key
    ARCHIVE = "archive", _("ZIP with a password")  # a zip under a password that is shown once


class ExportLayout(models.TextChoices):
    TABLE = "table", _("Table (CSV) for a printing machine")
    SHEETS = "sheets", _("Sheets (PDF, A4) of ten cards each, to be cut")


class ExportStatus(models.TextChoices):
    REQUESTED = "requested", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    MADE = "made", _("Fetched")
    CONFIRMED = "confirmed", _("Confirmed by the printer")
    WITHDRAWN = "withdrawn", _("Withdrawn")


EXPORT_MOVES: Transitions = {
    ExportStatus.REQUESTED: frozenset({ExportStatus.APPROVED, ExportStatus.WITHDRAWN}),
    ExportStatus.APPROVED: frozenset({ExportStatus.MADE, ExportStatus.WITHDRAWN}),
    ExportStatus.MADE: frozenset({ExportStatus.CONFIRMED}),
    ExportStatus.CONFIRMED: frozenset(),
    ExportStatus.WITHDRAWN: frozenset(),
}


class CardExport(models.Model):
    """The one file that goes to the printer: asked for by one person, approved by another."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    batch = models.ForeignKey(CardBatch, on_delete=models.PROTECT, related_name="exports")
    method = models.CharField(max_length=8, choices=ExportMethod.choices)
    layout = models.CharField(
        max_length=6, choices=ExportLayout.choices, default=ExportLayout.TABLE, db_default=ExportLayout.TABLE
    )
    language = models.CharField(max_length=8, blank=True, db_default="")  # in which sheets are written
    parts_made = models.PositiveSmallIntegerField(default=0, db_default=0)  # files of sheets, sealed beside the secrets
    job_id = models.UUIDField(null=True)  # which makes the sheets
    printer = models.CharField(max_length=120)
    recipient = models.CharField(max_length=200, blank=True)  # the printer's public key
    status = models.CharField(max_length=10, choices=ExportStatus.choices, default=ExportStatus.REQUESTED)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(null=True)
    made_count = models.PositiveSmallIntegerField(default=0)  # how often, broken downloads included
    password_shown_at = models.DateTimeField(null=True)  # first; of an archive
    file_id = models.UUIDField(null=True)
    file_sha256 = models.BinaryField(null=True)  # of the encrypted file: fetched last, or confirmed
    fetches = models.JSONField(default=list, db_default=[])  # when, and the SHA-256 of that file; each is another one
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="card_export_once_per_batch", fields=["batch"], condition=~Q(status="withdrawn")
            ),
            models.CheckConstraint(
                name="card_export_needs_two_people", condition=Q(approved_by=None) | ~Q(approved_by=F("requested_by"))
            ),
            models.CheckConstraint(
                name="card_export_on_sheets_has_a_language",
                condition=Q(layout="table", language="", parts_made=0) | Q(layout="sheets") & ~Q(language=""),
            ),
            models.CheckConstraint(
                name="card_export_to_a_key_has_it", condition=Q(method="archive", recipient="") | ~Q(recipient="")
            ),
            models.CheckConstraint(
                name="card_export_status_has_its_facts",
                condition=Q(status__in=["requested", "withdrawn"], made_at=None)
                | Q(status="approved", approved_by__isnull=False, made_at=None)
                | Q(status="made", approved_by__isnull=False, made_at__isnull=False, file_sha256__isnull=False)
                | Q(status="confirmed", made_at__isnull=False, confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.status}"

    @property
    def lacks_password(self) -> bool:
        """Whether nobody has seen the password yet, without which the printer cannot open the archive."""
        return self.method == ExportMethod.ARCHIVE and self.password_shown_at is None
