"""A seller's meters: what each counts, how much lately, and which plans count on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet, Sum

from plans.models import Entitlement, Meter, Plan, PlanCharge, UsageDay, UsageEvent, VersionStatus
from provider.kernel.errors import NotFound

RECENT_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRow:
    """A meter on the list."""

    meter: Meter
    event_count: int  # of the last days
    account_count: int
    plans: Sequence[Plan]  # on sale or in a draft


def meter_rows(*, seller_id: UUID, today: date) -> list[MeterRow]:
    """All meters of the seller, those in use first."""
    meters = list(Meter.objects.filter(seller_id=seller_id).order_by("archived_at", "code"))
    volume = _volume([meter.pk for meter in meters], since=today - timedelta(days=RECENT_DAYS))
    plans = _plans([meter.pk for meter in meters])
    return [
        MeterRow(
            meter=meter,
            event_count=volume.get(meter.pk, (0, 0))[0],
            account_count=volume.get(meter.pk, (0, 0))[1],
            plans=plans.get(meter.pk, []),
        )
        for meter in meters
    ]


def _volume(meter_ids: list[int], *, since: date) -> dict[int, tuple[int, int]]:
    """Events of each meter, and how many accounts they are of."""
    rows = UsageDay.objects.filter(meter_id__in=meter_ids, day__gte=since).values("meter_id", "account_id")
    found: dict[int, tuple[int, int]] = {}
    for row in rows.annotate(events=Sum("event_count")).order_by():
        events, accounts = found.get(row["meter_id"], (0, 0))
        found[row["meter_id"]] = (events + row["events"], accounts + 1)
    return found


def _plans(meter_ids: list[int]) -> dict[int, list[Plan]]:
    charges = PlanCharge.objects.filter(meter_id__in=meter_ids).exclude(version__status=VersionStatus.WITHDRAWN)
    found: dict[int, dict[UUID, Plan]] = defaultdict(dict)
    for charge in charges.select_related("version__plan").order_by("version__plan__position", "version__plan__code"):
        assert charge.meter_id is not None, charge
        found[charge.meter_id][charge.version.plan_id] = charge.version.plan
    return {meter_id: list(plans.values()) for meter_id, plans in found.items()}


def meters_of(*, seller_id: UUID) -> QuerySet[Meter]:
    """All meters of the seller."""
    return Meter.objects.filter(seller_id=seller_id)


def access_meter(*, seller_id: UUID, meter_id: int) -> Meter:
    """One of the seller's meters."""
    meter = Meter.objects.filter(seller_id=seller_id, pk=meter_id).first()
    if meter is None:
        raise NotFound()
    return meter


def access_meter_by_code(*, account_id: UUID, code: str) -> Meter:
    """A meter that counted something of the account, or that its plan knows."""
    found = Meter.objects.filter(code=code, pk__in=UsageDay.objects.filter(account_id=account_id).values("meter_id"))
    meter = (
        found.first()
        or Meter.objects.filter(
            code=code, pk__in=UsageEvent.objects.filter(account_id=account_id).values("meter_id")
        ).first()
    )
    if meter is None:
        raise NotFound()
    return meter


def is_in_use(meter: Meter) -> bool:
    """Whether a charge, a limit of the seller's plans, or an event stands on it."""
    limits = Entitlement.objects.filter(feature=meter.code, version__plan__seller_id=meter.seller_id)
    return (
        PlanCharge.objects.filter(meter=meter).exists()
        or limits.exists()
        or UsageEvent.objects.filter(meter_id=meter.pk).exists()
    )


def meters_in_order(*, seller_id: UUID) -> list[Meter]:
    """The seller's meters, levels first."""
    return list(Meter.objects.filter(seller_id=seller_id).order_by("archived_at", "-carries_over", "code"))
