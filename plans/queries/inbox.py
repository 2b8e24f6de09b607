"""What waits for an operator: events that nobody counts, and contradictions."""

from __future__ import annotations

from django.db.models import QuerySet

from plans.models import UnmatchedEvent, UsageConflict


def unmatched_waiting() -> QuerySet[UnmatchedEvent]:
    """Events that no subscription counts, of all accounts."""
    return UnmatchedEvent.objects.filter(settled_at=None).select_related("account")


def conflicts_open() -> QuerySet[UsageConflict]:
    """What was told under the id of an event that says something else."""
    return UsageConflict.objects.filter(dismissed_at=None).select_related("account")


def meters_waiting() -> list[str]:
    """The codes of the meters on which something waits."""
    return list(unmatched_waiting().order_by("meter_code").values_list("meter_code", flat=True).distinct())
