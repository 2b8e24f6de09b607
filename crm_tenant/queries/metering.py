"""What the meters know of a workspace."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Case, F, Sum, When

from crm_tenant.events import CustomerRecordsChanged
from plans.models import Meter, Subscription, UsageEvent
from provider.kernel.models import OutboxEvent


def counted_records(*, account_id: UUID, source: str) -> int:
    """The level of customer records that was counted so far."""
    mine = Subscription.objects.filter(account_id=account_id).values("id")
    meters = Meter.objects.filter(code="records").values("id")
    rows = UsageEvent.objects.filter(subscription_id__in=mine, meter_id__in=meters, source=source)
    signed = Case(When(is_removal=True, then=-F("value")), default=F("value"))
    return int(rows.aggregate(level=Sum(signed))["level"] or 0)


def records_on_their_way(*, account_id: UUID) -> int:
    """The changes of the level that were told and are not counted yet: each counts itself when it arrives."""
    waiting = OutboxEvent.objects.filter(account_id=account_id, name=CustomerRecordsChanged.name)
    payloads = waiting.exclude(status="delivered").values_list("payload", flat=True)
    return sum(int(payload["difference"]) for payload in payloads)
