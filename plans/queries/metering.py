"""What matching an event needs to know of an account, in one question whatever the number of events."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from plans.rules.literals import AGGREGATES, one_of
from plans.rules.usage import MeterFacts, Route, Stay
from provider.kernel.rows import ask

# Where nothing was ever subscribed to, the provider's meters say whether somebody could count it.
_ASKED: Final = """
  with stay as materialized (
    select s.id, s.code, s.is_main, s.currency, t.from_at, t.until_at, t.position, t.version_id, v.late_usage_days,
           p.seller_id
      from plans_stretch t join plans_subscription s on s.id = t.subscription_id
      join plans_planversion v on v.id = t.version_id join plans_plan p on p.id = v.plan_id
     where s.account_id = %(account)s)
  select (select json_agg(stay order by from_at, position)::text from stay),
         (select json_agg(json_build_array(c.version_id, m.code, c.code) order by c.position, c.code)::text
            from plans_plancharge c join plans_meter m on m.id = c.meter_id
           where c.version_id in (select version_id from stay)),
         (select json_agg(json_build_array(version_id, feature))::text
            from plans_entitlement where version_id in (select version_id from stay)),
         (select json_agg(json_build_array(id, code, aggregate, carries_over) order by code)::text
            from plans_meter
           where seller_id in (
             select seller_id from stay
              union all
             select account_id from accounts_profile where portal = 'provider' and not exists (select from stay))),
         (select json_agg(code)::text from plans_subscription where account_id = %(account)s)
"""


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
    stays, charges, features, meters, codes = (
        json.loads(text or "[]") for text in ask(_ASKED, {"account": account_id})
    )
    charged, limited = _charges_by_meter(charges), _limited_features(features)
    return Metering(
        meters={
            code: MeterFacts(id=meter_id, code=code, aggregate=one_of(AGGREGATES, aggregate), carries_over=carries_over)
            for meter_id, code, aggregate, carries_over in meters
        },
        stays=tuple(_stay(facts, charged=charged, limited=limited) for facts in stays),
        subscriptions=frozenset(codes),
    )


def _stay(
    facts: dict[str, Any], *, charged: dict[str, dict[str, tuple[str, ...]]], limited: dict[str, set[str]]
) -> Stay:
    until = facts["until_at"]
    return Stay(
        subscription=facts["code"],
        subscription_key=UUID(facts["id"]),
        is_main=facts["is_main"],
        from_at=datetime.fromisoformat(facts["from_at"]),
        until_at=datetime.fromisoformat(until) if until else None,
        late_days=facts["late_usage_days"],
        charges=charged[facts["version_id"]],
        limited=frozenset(limited[facts["version_id"]]),
        currency=facts["currency"],
    )


def _charges_by_meter(rows: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for version, meter, code in rows:
        found[version][meter] = (*found[version].get(meter, ()), code)
    return found


def _limited_features(rows: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for version, feature in rows:
        found[version].add(feature)
    return found
