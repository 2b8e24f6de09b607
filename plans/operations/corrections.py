"""An event that was told in error is taken back by an event of its own; nothing that was recorded ever changes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from plans.errors import EventBilledAtOnce, EventCorrected, EventIsCorrection, EventOfOwnCrm
from plans.models import Meter, Period, PlanCharge, Stretch, Subscription, UsageEvent
from plans.queries.corrections import Corrected, with_halves
from plans.rules.usage import CORRECTION, Match, NewEvent
from provider.kernel import audit
from provider.kernel.actor import Actor

from .late import mark_late
from .reports import OWN_SOURCES
from .rollups import count_highest_anew
from .usage import count_correction


def correct_event(*, known: Corrected, reason: str, by: Actor, at: datetime) -> Corrected:
    """Take an event back as of when it happened; what was billed of it is settled with the next invoice.

    The caller holds the account, and has asked for the reason.
    """
    event = known.event
    _check(known, at=at)
    with transaction.atomic():
        meter = known.meter
        reversal = NewEvent(
            id=str(event.id),
            meter=meter.code,
            at=event.at,
            value=event.value,
            item=event.item,
            is_removal=not event.is_removal,
            properties={"corrects": {"source": event.source, "id": event.event_id}, "reason": reason},
        )
        code = Subscription.objects.values_list("code", flat=True).get(pk=event.subscription_id)
        match = Match(subscription=code, subscription_key=event.subscription_id)
        count_correction(account_id=event.account_id, event=reversal, match=match, meter_id=meter.pk, by=by, at=at)
        if meter.aggregate == "max":
            count_highest_anew(event=event)
        mark_late(
            account_id=event.account_id,
            subscription_ids=[event.subscription_id],
            meters=[meter.code],
            from_at=event.at,
            at=at,
        )

        _record(event, meter=meter, reason=reason, by=by, at=at)
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
