"""Leaving an address alone, and taking it up again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.messages.errors import ReasonMissing
from provider.messages.models import Delivery, Suppression


def suppress(*, channel: str, address: str, reason: str, at: datetime, delivery: Delivery | None = None) -> None:
    """Leave an address alone from now on; a second time for the same reason changes nothing."""
    row = Suppression(channel=channel, address=address, reason=reason, since=at, delivery=delivery)
    Suppression.objects.bulk_create([row], ignore_conflicts=True)


def lift(*, channel: str, address: str, reason: str, by: Actor, at: datetime) -> int:
    """Take an address up again, because somebody knows that it works; returns how many suppressions ended.

    What the reader asked for is not lifted by others: opt-outs of mail end only by the reader's own choice.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")

    with transaction.atomic():
        rows = Suppression.objects.select_for_update().filter(channel=channel, address=address, lifted_at=None)
        if channel == "email":
            rows = rows.exclude(reason="opt_out")
        lifted = list(rows)
        Suppression.objects.filter(id__in=[row.id for row in lifted]).update(lifted_at=at, lifted_by_id=by.user_id)
        for row in lifted:
            audit.record(
                by=by,
                verb="messages.suppression_lifted",
                subject_kind="suppression",
                subject_id=row.id,
                account_id=by.account_id,
                at=at,
                before={"reason": row.reason, "since": row.since.isoformat()},
                reason=reason,
            )

    return len(lifted)
