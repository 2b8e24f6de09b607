"""What matching an event needs to know of an account, in four reads whatever the number of events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plans.models import Entitlement, Meter, PlanCharge, Stretch, Subscription
from plans.rules.literals import AGGREGATES, one_of
from plans.rules.usage import MeterFacts, Route, Stay
from provider.accounts.models import Portal, Profile


@dataclass(frozen=True, slots=True)
class Metering:
    """An account's meters and stays."""

    meters: dict[str, MeterFacts]
    stays: tuple[Stay, ...]
    subscriptions: frozenset[str]  # codes, those that have not begun yet included

    def route(self, *, meter: MeterFacts, subscription: str = "") -> Route:
        """Where the events of a meter, for one subscription if it is named, find whose they are."""
        stays = [stay for stay in self.stays if not subscription or stay.subscription == subscription]
        exists = subscription in self.subscriptions if subscription else bool(self.subscriptions)
        return Route(meter=meter, stays=tuple(stays), is_named=bool(subscription), exists=exists)


def metering_of(*, account_id: UUID) -> Metering:
    """What the account's events are matched with."""
    rows = list(_stretches(account_id))
    versions = {row["version_id"] for row in rows}
    charges = _charges_by_meter(versions)
    limited = _limited_features(versions)
    stays = tuple(
        Stay(
            subscription=row["subscription__code"],
            subscription_key=row["subscription_id"],
            is_main=row["subscription__is_main"],
            from_at=row["from_at"],
            until_at=row["until_at"],
            late_days=row["version__late_usage_days"],
            charges=charges[row["version_id"]],
            limited=frozenset(limited[row["version_id"]]),
            currency=row["subscription__currency"],
        )
        for row in rows
    )
    sellers = {row["version__plan__seller_id"] for row in rows}
    codes = Subscription.objects.filter(account_id=account_id).values_list("code", flat=True)
    return Metering(
        meters=_meters(sellers or _provider_ids()),
        stays=stays,
        subscriptions=frozenset(stay.subscription for stay in stays) or frozenset(codes),
    )


def _stretches(account_id: UUID) -> Iterable[Any]:
    rows = Stretch.objects.filter(subscription__account_id=account_id).order_by("from_at", "position")
    return rows.values(
        "subscription_id",
        "subscription__code",
        "subscription__is_main",
        "subscription__currency",
        "from_at",
        "until_at",
        "version_id",
        "version__late_usage_days",
        "version__plan__seller_id",
    )


def _charges_by_meter(versions: Collection[UUID]) -> dict[UUID, dict[str, tuple[str, ...]]]:
    found: dict[UUID, dict[str, tuple[str, ...]]] = defaultdict(dict)
    rows = PlanCharge.objects.filter(version_id__in=versions, meter__isnull=False).order_by("position", "code")
    for version, meter, code in rows.values_list("version_id", "meter__code", "code"):
        found[version][meter] = (*found[version].get(meter, ()), code)
    return found


def _limited_features(versions: Collection[UUID]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    for version, feature in Entitlement.objects.filter(version_id__in=versions).values_list("version_id", "feature"):
        found[version].add(feature)
    return found


def _provider_ids() -> Sequence[UUID]:
    return list(Profile.objects.filter(portal=Portal.PROVIDER).values_list("account_id", flat=True))


def _meters(sellers: Collection[UUID]) -> dict[str, MeterFacts]:
    rows = Meter.objects.filter(seller_id__in=sellers).order_by("code")
    return {
        code: MeterFacts(id=meter_id, code=code, aggregate=one_of(AGGREGATES, aggregate), carries_over=carries_over)
        for meter_id, code, aggregate, carries_over in rows.values_list("id", "code", "aggregate", "carries_over")
    }
