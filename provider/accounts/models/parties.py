"""Parties: accounts with their capacities, regions and brands."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from provider.kernel.ids import new_id

from .search import search_indexes, search_text
from .words import Language, Portal


class Region(models.Model):
    """A cell that holds workspaces: where an account's CRM data lives. `cell` names a database of the settings."""

    code = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=80)
    name_hans = models.CharField(max_length=80)
    name_hant = models.CharField(max_length=80)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    cell = models.CharField(max_length=32, default="default")
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


LOGO = "brand_logo"  # the purpose under which logos are stored


class Brand(models.Model):
    """What a portal looks like and in whose name it writes; a reseller's replaces the accent and the logo only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80)
    accent = models.CharField(max_length=7, default="#4350b5")
    accent_dark = models.CharField(max_length=7, default="#5f6cd6")
    logo_file_id = models.UUIDField(null=True, blank=True)
    support_email = models.EmailField(blank=True)
    support_phone = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def logo_url(self) -> str:
        """Where the logo is shown; empty without one. The address changes with the logo, so it may be kept for long."""
        return f"/brands/{self.id}/logo/{self.logo_file_id}/" if self.logo_file_id else ""


class Account(models.Model):
    """A party: the provider, a reseller, a company or a single person that subscribes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=200)
    company_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    address = models.TextField(blank=True)
    tax_id = models.CharField(max_length=32, blank=True)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT)
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT)
    time_zone = models.CharField(max_length=64, default="Asia/Shanghai")
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.ENGLISH)
    currency = models.CharField(max_length=3, default="CNY")
    currency_fixed_at = models.DateTimeField(null=True, blank=True)  # set with the first bill; the currency stays
    test_clock_at = models.DateTimeField(null=True, blank=True)
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)  # on the owner's request; never taken back
    search_text = search_text("name", "company_name", "email", "tax_id")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_language_known", condition=Q(language__in=[value for value, _ in Language.choices])
            ),
            models.CheckConstraint(name="account_not_own_parent", condition=~Q(parent=F("id")) | Q(parent=None)),
            models.CheckConstraint(
                name="account_test_clock_only_in_test", condition=Q(test_clock_at=None) | Q(is_test=True)
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="account_newest"),
            models.Index(fields=["parent", "-created_at", "-id"], name="account_of_parent"),
            models.Index(Lower("email"), name="account_email"),
            *search_indexes("account"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_name(self) -> str:
        """The name that its customers know: its brand's, where it has one."""
        return self.brand.name if self.brand else self.name


class Profile(models.Model):
    """One capacity of an account. What a capacity needs beyond its name hangs on tables above."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="profiles")
    portal = models.CharField(max_length=12, choices=Portal.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="profile_once", fields=["account", "portal"]),
            models.UniqueConstraint(name="profile_one_provider", fields=["portal"], condition=Q(portal="provider")),
        ]

    def __str__(self) -> str:
        return f"{self.portal} {self.account_id}"


def localised_region_name(region: Region, language: str) -> str:
    """The region's name in one of the three languages."""
    names: dict[str, Any] = {Language.SIMPLIFIED: region.name_hans, Language.TRADITIONAL: region.name_hant}
    return str(names.get(language, region.name))
