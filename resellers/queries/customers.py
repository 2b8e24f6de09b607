"""Reads of a reseller: only what hangs right below its own account."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from provider.accounts.models import Account, Portal


def customers_of(reseller_id: UUID) -> QuerySet[Account]:
    """The customers that came through this reseller, the newest first."""
    rows = Account.objects.filter(parent_id=reseller_id, profiles__portal=Portal.SUBSCRIBER)
    return rows.select_related("region").order_by("-created_at", "-id")


def resellers_below(reseller_id: UUID) -> QuerySet[Account]:
    """The resellers right below this one, by name."""
    return Account.objects.filter(parent_id=reseller_id, profiles__portal=Portal.RESELLER).order_by("name", "id")


def named(rows: QuerySet[Account], words: str) -> QuerySet[Account]:
    """Those whose name, company or e-mail contains the words."""
    return rows.filter(Q(name__icontains=words) | Q(company_name__icontains=words) | Q(email__icontains=words))
