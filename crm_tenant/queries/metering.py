"""What the meters know of a workspace."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Case, F, Sum, When

from plans.models import Meter, Subscription, UsageEvent


def counted_records(*, account_id: UUID, source: str) -> int:
    """The level of customer records that was counted so far."""
    mine = Subscription.objects.filter(account_id=account_id).values("id")
    meters = Meter.objects.filter(code="records").values("id")
    rows = UsageEvent.objects.filter(subscription_id__in=mine, meter_id__in=meters, source=source)
    signed = Case(When(is_removal=True, then=-F("value")), default=F("value"))
    return int(rows.aggregate(level=Sum(signed))["level"] or 0)
