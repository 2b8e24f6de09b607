"""Customer records: companies and the people in them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .base import Record, inside, texts


class Tier(models.TextChoices):
    KEY = "key", _("Key customer")
    REGULAR = "regular", _("Regular customer")
    SMALL = "small", _("Small customer")


class CustomerRecord(Record):
    """What per-customer prices count: one that is not merged, archived or a sample."""

    name = models.CharField(max_length=200)
    phones = texts(40)
    emails = texts(254)
    address = models.TextField(blank=True)
    about = models.TextField(blank=True)
    owner = inside("crm_tenant.Salesperson", null=True, blank=True)
    imported = inside("crm_tenant.Import", null=True, blank=True)
    merged_into = inside("self", null=True, blank=True)

    class Meta(Record.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name


class Company(CustomerRecord):
    """A company that is sold to, perhaps part of another."""

    parent = inside("self", null=True, blank=True)
    tier = models.CharField(max_length=8, choices=Tier.choices, blank=True)
    industry = models.CharField(max_length=80, blank=True)
    website = models.CharField(max_length=200, blank=True)
    employee_count = models.PositiveIntegerField(null=True, blank=True)

    class Meta(CustomerRecord.Meta):
        db_table = "crm_company"
        constraints = [
            models.CheckConstraint(name="company_has_name", condition=~Q(name="")),
            models.CheckConstraint(name="company_not_own_parent", condition=Q(parent=None) | ~Q(parent=F("id"))),
            models.CheckConstraint(
                name="company_merged_is_archived", condition=Q(merged_into=None) | Q(archived_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "match_key"], name="company_match"),
            models.Index(fields=["workspace_id", "name", "id"], name="company_by_name"),
            models.Index(fields=["workspace_id", "-changed_at", "-id"], name="company_latest"),
            models.Index(fields=["workspace_id", "parent"], name="company_of_parent"),
            models.Index(fields=["workspace_id", "imported"], name="company_of_import"),
        ]


class Person(CustomerRecord):
    """A person who is sold to, at a company or for themselves."""

    company = inside("Company", null=True, blank=True)
    title = models.CharField(max_length=120, blank=True)

    class Meta(CustomerRecord.Meta):
        db_table = "crm_person"
        constraints = [
            models.CheckConstraint(name="person_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="person_merged_is_archived", condition=Q(merged_into=None) | Q(archived_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "match_key"], name="person_match"),
            models.Index(fields=["workspace_id", "name", "id"], name="person_by_name"),
            models.Index(fields=["workspace_id", "-changed_at", "-id"], name="person_latest"),
            models.Index(fields=["workspace_id", "company"], name="person_of_company"),
            models.Index(fields=["workspace_id", "imported"], name="person_of_import"),
        ]
