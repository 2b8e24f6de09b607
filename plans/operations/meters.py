"""A meter is changed as long as nothing counts on it; afterwards only its names change, and it can be archived."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from plans.errors import MeterInUse, MeterShapeUnfit, PlanNameMissing
from plans.models import Meter
from plans.queries.meters import is_in_use
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

from .catalogue import MeterDetails


def change_meter(*, seller_id: UUID, meter_id: int, details: MeterDetails, by: Actor, at: datetime) -> Meter:
    """Give a meter other names and, while no plan and no event stands on it, another way to count. Its code stays."""
    if not details.names[0]:
        raise PlanNameMissing(field="name")
    if details.carries_over and details.aggregate not in ("sum", "unique"):
        raise MeterShapeUnfit(field="carries_over")
    with transaction.atomic():
        meter = lock_meter(seller_id=seller_id, meter_id=meter_id)
        shape = (meter.aggregate, meter.carries_over)
        if shape != (details.aggregate, details.carries_over) and is_in_use(meter):
            raise MeterInUse(field="aggregate")

        before = _said(meter)
        meter.name, meter.name_hans, meter.name_hant = details.names
        meter.unit, meter.aggregate, meter.carries_over = details.unit, details.aggregate, details.carries_over
        meter.save(update_fields=["name", "name_hans", "name_hant", "unit", "aggregate", "carries_over"])

        audit.record(
            by=by, verb="meter.renamed", subject_kind="meter", subject_id=meter.pk, account_id=seller_id, at=at,
            before=before, after=_said(meter),
        )  # fmt: skip
        return meter


def archive_meter(*, seller_id: UUID, meter_id: int, is_archived: bool, by: Actor, at: datetime) -> Meter:
    """Take a meter off the list for new charges, or put it back. What counts on it goes on counting."""
    with transaction.atomic():
        meter = lock_meter(seller_id=seller_id, meter_id=meter_id)
        if bool(meter.archived_at) == is_archived:
            return meter

        meter.archived_at = at if is_archived else None
        meter.save(update_fields=["archived_at"])

        verb = "meter.archived" if is_archived else "meter.restored"
        audit.record(
            by=by, verb=verb, subject_kind="meter", subject_id=meter.pk, account_id=seller_id, at=at,
            after={"meter": meter.code},
        )  # fmt: skip
        return meter


def lock_meter(*, seller_id: UUID, meter_id: int) -> Meter:
    """The seller's meter, locked."""
    meter = Meter.objects.select_for_update().filter(seller_id=seller_id, pk=meter_id).first()
    if meter is None:
        raise NotFound()
    return meter


def _said(meter: Meter) -> dict[str, Any]:
    return {
        "name": meter.name, "unit": meter.unit, "aggregate": meter.aggregate, "carries_over": meter.carries_over,
    }  # fmt: skip
