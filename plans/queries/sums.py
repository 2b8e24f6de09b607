"""Usage by hour and by day: the recount that defines the sums, and what subscriptions used, bucket by bucket.

The sums (`UsageHour`, `UsageDay`) are folded from batches a moment after they came in. A reader adds what is not folded
yet in the same statement, so that it always sees what a recount of the events would give, however far folding is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from django.db import connection

from provider.kernel import laws

from .corrections import COUNTS

Step = Literal["hour", "day"]

TABLES: Final[Mapping[Step, tuple[str, str]]] = {
    "hour": ("plans_usagehour", "hour_at"),
    "day": ("plans_usageday", "day"),
}
_BUCKETS: Final[Mapping[Step, str]] = {
    "hour": "date_trunc('hour', e.at, 'UTC')",
    "day": "(e.at at time zone s.time_zone)::date",
}
# What can be added up. Distinct items count as they come and go; of a meter that keeps the latest value nothing can.
_TOTAL: Final = """
case m.aggregate
  when 'sum' then sum(case when e.is_removal then -e.value else e.value end)
  when 'max' then max(e.value)
  when 'latest' then 0
  else sum(case when e.is_removal then -1 else 1 end)
end"""


def recount(step: Step, *, where: str) -> str:
    """The query that counts events `e` of meters `m` and subscriptions `s` anew, by hour or by day."""
    return (
        f"select e.subscription_id, e.meter_id, {_BUCKETS[step]} as bucket, e.account_id,"  # noqa: S608 - no values
        f" count(*) as event_count, {_TOTAL} as total"
        " from plans_usageevent e join plans_meter m on m.id = e.meter_id"
        " join plans_subscription s on s.id = e.subscription_id"
        f" where {where} and (m.aggregate <> 'max' or ({COUNTS}))"  # a highest value cannot be subtracted
        " group by 1, 2, 3, 4, m.aggregate"
    )


class Sum(NamedTuple):
    """What was counted in one bucket, or before all of them."""

    event_count: int
    total: Decimal


NOTHING: Final = Sum(0, Decimal(0))


@dataclass(frozen=True, slots=True)
class Counted:
    """The sums of one subscription and meter: in each bucket, and of levels what stood before the first."""

    buckets: Mapping[Any, Sum]
    before: Sum


def sums_of(
    *,
    account_id: UUID,
    subscription_ids: Collection[UUID],
    step: Step,
    start: date | datetime,
    end: date | datetime,
    until_at: datetime,
) -> dict[tuple[UUID, int], Counted]:
    """What was counted in [start, end), by subscription and meter; `until_at` is an instant at or after the end."""
    table, column = TABLES[step]
    waiting = recount(
        step,
        where="e.subscription_id = any(%(ids)s) and e.at < %(until)s and e.batch_id in"
        " (select id from plans_usagebatch where account_id = %(account)s and folded_at is null)",
    )
    statement = (
        f"with told as (select subscription_id, meter_id, {column} as bucket, event_count, total"  # noqa: S608
        f" from {table} where subscription_id = any(%(ids)s) and {column} < %(end)s"
        f" union all select subscription_id, meter_id, bucket, event_count, total from ({waiting}) w"
        " where bucket < %(end)s)"
        " select t.subscription_id, t.meter_id, case when t.bucket >= %(start)s then t.bucket end as bucket,"
        " sum(t.event_count), case m.aggregate when 'max' then max(t.total) else sum(t.total) end"
        " from told t join plans_meter m on m.id = t.meter_id where t.bucket >= %(start)s or m.carries_over"
        " group by 1, 2, 3, m.aggregate"
    )
    found: dict[tuple[UUID, int], dict[Any, Sum]] = defaultdict(dict)
    given: dict[str, Any] = {
        "ids": list(subscription_ids), "account": account_id, "start": start, "end": end, "until": until_at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        for subscription_id, meter_id, bucket, event_count, total in cursor.fetchall():
            key = bucket.astimezone(UTC) if isinstance(bucket, datetime) else bucket
            found[subscription_id, meter_id][key] = Sum(int(event_count), total)
    return {key: Counted(buckets, buckets.pop(None, NOTHING)) for key, buckets in found.items()}


def add_laws() -> None:
    """The sums are what a recount gives."""
    folded = "e.batch_id in (select id from plans_usagebatch where folded_at is not null)"
    for step, (table, column) in TABLES.items():
        laws.add(
            f"usage_{step}s_equal_a_recount",
            "select coalesce(c.subscription_id, k.subscription_id), coalesce(c.meter_id, k.meter_id),"  # noqa: S608
            f" coalesce(c.bucket, k.{column}), c.event_count, k.event_count, c.total, k.total"
            f" from ({recount(step, where=folded)}) c full join {table} k"
            f" on k.subscription_id = c.subscription_id and k.meter_id = c.meter_id and k.{column} = c.bucket"
            " where c.event_count is distinct from k.event_count or c.total is distinct from k.total"
            " or c.account_id is distinct from k.account_id",
            says=f"What is kept of usage by {step} is what its events add up to.",
        )
