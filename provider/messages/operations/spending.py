"""Caps on SMS: per number and hour, per account and day, and in money per day, however many send at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import F

from provider.messages.models import Spending
from provider.messages.rules.caps import Cap, Use, caps_for, first_exceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsPlan:
    """What an SMS takes and through whom it may go: computed before the transaction, from the text and the tables."""

    part_count: int
    cost: Decimal
    gateways: tuple[str, ...]
    country: str


def take(*, number: str, account_id: UUID | None, plan: SmsPlan, at: datetime) -> Cap | None:
    """Count one SMS against every cap, or count nothing and return the cap that it would exceed.

    Runs in the caller's transaction: the rows stay locked until it commits, in the same order for everybody.
    """
    caps = caps_for(
        number=number,
        account_id=str(account_id) if account_id else "",
        per_number_hour=settings.SMS_CAP_PER_NUMBER_HOUR,
        per_account_day=settings.SMS_CAP_PER_ACCOUNT_DAY,
        cost_per_day=settings.SMS_CAP_COST_PER_DAY,
        at=at,
    )
    rows = [lock_spending(cap) for cap in caps]
    used = [Use(sms_count=row.sms_count, cost=row.cost) for row in rows]
    exceeded = first_exceeded(caps=caps, used=used, cost=plan.cost)
    if exceeded is not None:
        return exceeded

    Spending.objects.filter(pk__in=[row.pk for row in rows]).update(
        sms_count=F("sms_count") + 1, cost=F("cost") + plan.cost
    )
    return None


def lock_spending(cap: Cap) -> Spending:
    """The cap's row for its window, made if it is the first, locked."""
    key = {"cap": cap.name, "subject": cap.subject, "window_at": cap.window_at}
    Spending.objects.bulk_create([Spending(**key)], ignore_conflicts=True)
    return Spending.objects.select_for_update().get(**key)
