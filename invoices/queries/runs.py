"""What a billing run has before it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from invoices.models import ParkedAccount
from plans.models import Subscription
from plans.models.catalogue import Plan
from provider.accounts.models import Account, Profile


def due_account_ids(*, as_of: datetime) -> list[UUID]:
    """The accounts of which something is due, but for parked ones and those that live on a test clock."""
    parked = ParkedAccount.objects.filter(account_id=OuterRef("account_id"), cleared_at=None)
    rows = Subscription.objects.filter(next_due_at__lte=as_of, account__test_clock_at=None)
    return list(rows.exclude(Exists(parked)).order_by("account_id").values_list("account_id", flat=True).distinct())


def provider_account() -> Account | None:
    """In whose name runs are kept: the provider, else whoever sells a plan."""
    provider = Profile.objects.filter(portal="provider").select_related("account").first()
    if provider is not None:
        return provider.account
    plan = Plan.objects.select_related("seller").order_by("created_at").first()
    return plan.seller if plan else None
