"""What subscriptions used, read for rating in one query for any number of them.

Each row says how far events had come in: its own batch, or the newest one that took something back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from plans.rules.counted import CountedUsage, Used
from plans.rules.usage import CORRECTION
from provider.kernel.rows import ask_for_all

# A level stands on all events before it; a flow only on those of the spans that are not settled yet.
# What was taken back, and what took it back, is as if it had never been told.
_OF_MANY: Final = """
  with undone as materialized (
    select k.event_id::bigint as id, k.batch_id from plans_usagekey k
     where k.source = %(correction)s
       and k.account_id in (select account_id from plans_subscription where id = any(%(ids)s::uuid[])))
  select e.subscription_id, greatest(e.batch_id, (select max(batch_id) from undone)),
         m.code, e.at, e.value, e.item, e.is_removal
    from unnest(%(ids)s::uuid[], %(since)s::timestamptz[]) wanted(id, since)
    join plans_usageevent e on e.subscription_id = wanted.id
    join plans_meter m on m.id = e.meter_id
   where (m.carries_over or e.at >= wanted.since) and e.source <> %(correction)s and e.id not in (select id from undone)
   order by e.at, e.id
"""
# The same for one. PostgreSQL cannot tell how long an array will be, so it plans the question above anew each time,
# which takes it ten times as long as to answer this one, planned once for all; months before the first day stay shut.
_OF_ONE: Final = """
  with undone as materialized (
    select k.event_id::bigint as id, k.batch_id from plans_usagekey k
     where k.source = %(correction)s
       and k.account_id = (select account_id from plans_subscription where id = %(id)s))
  select e.subscription_id, greatest(e.batch_id, (select max(batch_id) from undone)),
         m.code, e.at, e.value, e.item, e.is_removal
    from plans_usageevent e join plans_meter m on m.id = e.meter_id
   where e.subscription_id = %(id)s and e.at >= (select min(from_at) from plans_stretch where subscription_id = %(id)s)
     and (m.carries_over or e.at >= %(since)s) and e.source <> %(correction)s and e.id not in (select id from undone)
   order by e.at, e.id
"""


def usage_of(*, since: Mapping[UUID, datetime], zones: Mapping[UUID, ZoneInfo]) -> dict[UUID, CountedUsage]:
    """The usage of each subscription, of flows from its instant in `since` on."""
    events: dict[UUID, list[tuple[str, Used]]] = {subscription_id: [] for subscription_id in since}
    newest = dict.fromkeys(since, 0)
    for subscription_id, batch, meter, *event in _told(since):
        events[subscription_id].append((meter, Used(*event)))
        newest[subscription_id] = max(newest[subscription_id], batch)
    return {
        subscription_id: CountedUsage(zone=zones[subscription_id], events=found, batch=newest[subscription_id])
        for subscription_id, found in events.items()
    }


def _told(since: Mapping[UUID, datetime]) -> list[tuple[Any, ...]]:
    if not since:
        return []
    if len(since) > 1:
        asked = {"ids": list(since), "since": list(since.values())}
        return ask_for_all(_OF_MANY, {**asked, "correction": CORRECTION})
    ((subscription_id, instant),) = since.items()
    return ask_for_all(_OF_ONE, {"id": subscription_id, "since": instant, "correction": CORRECTION})
