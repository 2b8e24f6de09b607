"""Deals, and the stages that they go through."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from provider.kernel.money import Money

from .base import InWorkspace, Record, inside


class Category(models.TextChoices):
    """What a stage means, whatever it is called."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Pipeline(InWorkspace):
    """A way in which deals are won; the first by position is the usual one."""

    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "crm_pipeline"
        indexes = [models.Index(fields=["workspace_id", "position"], name="pipeline_in_order")]

    def __str__(self) -> str:
        return self.name


class Stage(InWorkspace):
    """A step of a pipeline. A deal that stays longer than `age_limit_days` is shown as ageing."""

    pipeline = inside("Pipeline")
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=4, choices=Category.choices)
    probability = models.PositiveSmallIntegerField()  # per cent
    age_limit_days = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        db_table = "crm_stage"
        constraints = [
            models.UniqueConstraint(name="stage_position_once", fields=["workspace_id", "pipeline", "position"]),
            models.UniqueConstraint(
                name="stage_with_category", fields=["workspace_id", "pipeline", "id", "category"]
            ),  # what deals refer to, so that a deal's status is its stage's category
            models.CheckConstraint(name="stage_category_known", condition=Q(category__in=Category.values)),
            models.CheckConstraint(name="stage_probability_is_share", condition=Q(probability__lte=100)),
            models.CheckConstraint(
                name="stage_probability_fits_category",
                condition=Q(category="open") | Q(category="won", probability=100) | Q(category="lost", probability=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Deal(Record):
    """What may be sold to whom for how much, and how it stands. `status` is the category of its stage."""

    name = models.CharField(max_length=200)
    company = inside("Company", null=True, blank=True)
    person = inside("Person", null=True, blank=True)
    pipeline = inside("Pipeline")
    stage = inside("Stage")
    status = models.CharField(max_length=4, choices=Category.choices)
    owner = inside("Salesperson", null=True, blank=True)
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    probability = models.PositiveSmallIntegerField(null=True, blank=True)  # in place of the stage's
    expected_close_on = models.DateField(null=True, blank=True)
    entered_stage_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=200, blank=True)
    about = models.TextField(blank=True)
    imported = inside("Import", null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "crm_deal"
        constraints = [
            models.CheckConstraint(name="deal_has_name", condition=~Q(name="")),
            models.CheckConstraint(name="deal_amount_not_negative", condition=Q(amount_minor__gte=0)),
            models.CheckConstraint(
                name="deal_closed_has_time",
                condition=Q(status="open", closed_at=None) | (~Q(status="open") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="deal_probability_is_share", condition=Q(probability=None) | Q(probability__lte=100)
            ),
        ]
        indexes = [
            models.Index(
                F("workspace_id"), F("stage"), F("entered_stage_at").desc(), F("id").desc(),
                name="deal_in_stage", condition=Q(archived_at=None),
            ),
            models.Index(fields=["workspace_id", "-changed_at", "-id"], name="deal_latest"),
            models.Index(fields=["workspace_id", "owner", "status"], name="deal_of_owner"),
            models.Index(fields=["workspace_id", "company"], name="deal_of_company"),
            models.Index(fields=["workspace_id", "person"], name="deal_of_person"),
            models.Index(fields=["workspace_id", "status", "closed_at"], name="deal_by_close"),
            models.Index(fields=["workspace_id", "imported"], name="deal_of_import"),
            models.Index(fields=["workspace_id", "external_ref"], name="deal_external", condition=~Q(external_ref="")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    def days_in_stage(self, *, at: datetime) -> int:
        """For how many whole days it has stood where it stands."""
        return max(0, (at - self.entered_stage_at).days)


class Sale(InWorkspace):
    """That a won deal counts as sold, with the value that it had then; what is charged by sales is counted by it.

    A deal that is opened again, lost after all, put away or worth something else takes its sale back, and may have
    another one later: at any time it has one at most.
    """

    deal = inside("Deal")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    counted_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "crm_sale"
        constraints = [
            models.UniqueConstraint(
                name="sale_counts_once", fields=["workspace_id", "deal"], condition=Q(taken_back_at=None)
            ),
            models.CheckConstraint(name="sale_is_worth_something", condition=Q(amount_minor__gt=0)),
        ]
        indexes = [models.Index(fields=["workspace_id", "deal", "counted_at"], name="sale_of_deal")]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.amount_minor} {self.currency}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class StageMove(InWorkspace):
    """A deal went from one stage to another; rows are only ever added. What was undone is a move back."""

    deal = inside("Deal")
    from_stage = inside("Stage", null=True)
    to_stage = inside("Stage")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    moved_at = models.DateTimeField()
    user_id = models.UUIDField(null=True)

    class Meta:
        db_table = "crm_stagemove"
        indexes = [
            models.Index(fields=["workspace_id", "deal", "moved_at"], name="stagemove_of_deal"),
            models.Index(fields=["workspace_id", "moved_at"], name="stagemove_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} to {self.to_stage_id}"
