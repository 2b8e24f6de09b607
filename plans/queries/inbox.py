"""What waits for an operator: events that nobody counts, and contradictions."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from plans.models import Meter, UnmatchedEvent, UsageConflict
from provider.kernel.actor import Actor

from .naming import item_name, meter_names


def unmatched_waiting() -> QuerySet[UnmatchedEvent]:
    """Events that no subscription counts, of all accounts."""
    rows = UnmatchedEvent.objects.filter(settled_at=None).select_related("account")
    return rows.annotate(meter_names=meter_names(), item_name=item_name())


def conflicts_open() -> QuerySet[UsageConflict]:
    """What was told under the id of an event that says something else."""
    rows = UsageConflict.objects.filter(dismissed_at=None).select_related("account")
    return rows.annotate(meter_names=meter_names(), item_name=item_name())


def unmatched_of_key(by: Actor) -> QuerySet[UnmatchedEvent]:
    """Events that wait, for the provider's key: of test accounts for a test key, else of the others."""
    rows = UnmatchedEvent.objects.filter(settled_at=None, account__is_test=by.is_test).select_related("account")
    return rows if by.portal == "provider" else rows.none()


def conflicts_of_key(by: Actor) -> QuerySet[UsageConflict]:
    """Contradictions, for the provider's key: of test accounts for a test key, else of the others."""
    rows = UsageConflict.objects.filter(dismissed_at=None, account__is_test=by.is_test).select_related("account")
    return rows if by.portal == "provider" else rows.none()


def meters_waiting() -> list[str]:
    """The codes of the meters on which something waits."""
    waiting = UnmatchedEvent.objects.filter(settled_at=None)
    return list(waiting.order_by("meter_code").values_list("meter_code", flat=True).distinct())


def meters_named(codes: Sequence[str]) -> QuerySet[Meter]:
    """The meters of all sellers that have these codes."""
    return Meter.objects.filter(code__in=codes)
