"""An event that was told in error is taken back by an event of its own; nothing that was recorded ever changes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from plans.errors import EventBilledAtOnce, EventCorrected, EventIsCorrection, EventOfOwnCrm
from plans.models import Meter, Period, PlanCharge, Stretch, UsageEvent
from plans.queries.corrections import Corrected, with_halves
from plans.rules.usage import CORRECTION
from provider.kernel import audit
from provider.kernel.actor import Actor

from .reports import OWN_SOURCES
from .rollups import count_highest_anew
from .usage import take_back


def correct_event(*, known: Corrected, reason: str, by: Actor, at: datetime) -> Corrected:
    """Take an event back as of when it happened; what was billed of it is settled with the next invoice.

    The caller holds the account, and has asked for the reason.
    """
    event = known.event
    _check(known, at=at)
    with transaction.atomic():
        take_back(known, reason=reason, by=by, at=at)
        if known.meter.aggregate == "max":
            count_highest_anew(event=event)

        _record(event, meter=known.meter, reason=reason, by=by, at=at)
    return with_halves([event])[0]


def _check(known: Corrected, *, at: datetime) -> None:
    event = known.event
    if known.corrects is not None or event.source == CORRECTION:
        raise EventIsCorrection()
    if known.correction is not None:
        raise EventCorrected()
    if event.source in OWN_SOURCES - {"story"}:
        raise EventOfOwnCrm()
    if _is_billed_at_once(event, meter=known.meter, at=at):
        raise EventBilledAtOnce()


def _is_billed_at_once(event: UsageEvent, *, meter: Meter, at: datetime) -> bool:
    """Whether it was billed when it came, in a period that still runs: later events of it make up for each other."""
    if meter.carries_over:
        return False
    versions = Stretch.objects.filter(subscription_id=event.subscription_id).values("version_id")
    charges = PlanCharge.objects.filter(version_id__in=versions, meter=meter, timing="in_advance", is_prorated=False)
    return Period.objects.filter(
        subscription_id=event.subscription_id,
        charge_code__in=charges.values("code"),
        starts_at__lte=event.at,
        ends_at__gt=at,
    ).exists()


def _record(event: UsageEvent, *, meter: Meter, reason: str, by: Actor, at: datetime) -> None:
    audit.record(
        by=by,
        verb="usage.corrected",
        subject_kind="account",
        subject_id=event.account_id,
        account_id=event.account_id,
        at=at,
        after={
            "meter": meter.code,
            "source": event.source,
            "event": event.event_id,
            "happened_at": event.at,
            "value": str(event.value.normalize()),
            "item": event.item,
        },
        reason=reason,
    )
