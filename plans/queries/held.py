"""Which versions subscribers have: who is on some of them, and how many are on each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet

from plans.models import PlanVersion, Stretch, Subscription, SubscriptionStatus


def subscriptions_on(version_ids: Collection[UUID]) -> QuerySet[Subscription]:
    """Those that have one of the versions now, or had it when they came to rest, in the order of their ids."""
    return Subscription.objects.filter(pk__in=_last_on(version_ids).values("subscription_id")).order_by("pk")


def _last_on(version_ids: Collection[UUID]) -> QuerySet[Stretch]:
    later = Stretch.objects.filter(subscription_id=OuterRef("subscription_id"), position__gt=OuterRef("position"))
    rows = Stretch.objects.filter(~Exists(later), version_id__in=list(version_ids))
    return rows.exclude(subscription__status=SubscriptionStatus.ENDED).order_by()


def counted(versions: Iterable[PlanVersion]) -> list[tuple[PlanVersion, int]]:
    """Each version with how many subscriptions are on it now."""
    found = list(versions)
    rows = _last_on([one.pk for one in found]).values("version_id").annotate(number=Count("subscription_id"))
    counts = {row["version_id"]: row["number"] for row in rows}
    return [(one, counts.get(one.pk, 0)) for one in found]
