"""Usage is folded into sums by hour and by day, in sets, a moment after it was recorded.

Folding never stands in the way of recording, and nothing that is billed waits for it: bills are rated from the events.
One worker folds at a time, so that each batch is added once; who comes meanwhile leaves it to that one or the next.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from plans.models import UsageBatch, UsageEvent
from plans.queries.sums import TABLES, Step, recount

MOST_BATCHES: Final = 500  # in one transaction
_LOCK: Final = 7_245_018  # of whoever folds
_LONGEST_DAY: Final = timedelta(hours=26)
_BUCKET_OF: Final = {
    "hour": "date_trunc('hour', %(at)s::timestamptz, 'UTC')",
    "day": "(%(at)s::timestamptz at time zone"
    " (select time_zone from plans_subscription where id = %(subscription)s))::date",
}


def fold_usage(*, at: datetime) -> int:
    """Add the batches that wait to the sums; returns how many they were, 0 if another worker is at it."""
    with transaction.atomic():
        if not _is_alone():
            return 0
        batches = list(
            UsageBatch.objects.filter(folded_at=None)
            .order_by("id")
            .values_list("id", "from_at", "until_at")[:MOST_BATCHES]
        )
        if not batches:
            return 0

        ids = [batch_id for batch_id, _, _ in batches]
        given = {
            "ids": ids,
            "since": min(since for _, since, _ in batches if since),
            "until": max(until for _, _, until in batches if until),
        }
        for step in TABLES:
            _add(step, given=given)
        UsageBatch.objects.filter(pk__in=ids).update(folded_at=at)
        return len(ids)


def fold_all(*, at: datetime) -> int:
    """Fold until nothing waits."""
    done = 0
    while folded := fold_usage(at=at):
        done += folded
    return done


def count_highest_anew(*, event: UsageEvent) -> None:
    """The hour and the day of an event that was taken back keep the highest value of the others, in the caller's
    transaction: a highest value cannot be subtracted."""
    given: dict[str, Any] = {
        "subscription": event.subscription_id,
        "meter": event.meter_id,
        "at": event.at,
        "since": event.at - _LONGEST_DAY,
        "until": event.at + _LONGEST_DAY,
    }
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        for step, (table, column) in TABLES.items():  # names of our own; what is asked for travels as parameters
            counted = recount(
                step,
                where="e.subscription_id = %(subscription)s and e.meter_id = %(meter)s"
                " and e.at between %(since)s and %(until)s"
                " and e.batch_id in (select id from plans_usagebatch where folded_at is not null)",
            )
            cursor.execute(
                f"delete from {table} where subscription_id = %(subscription)s and meter_id = %(meter)s"  # noqa: S608
                f" and {column} = {_BUCKET_OF[step]}",
                given,
            )
            cursor.execute(
                f"insert into {table} (subscription_id, meter_id, {column}, account_id, event_count, total)"  # noqa: S608
                f" select * from ({counted}) c where c.bucket = {_BUCKET_OF[step]}",
                given,
            )


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _add(step: Step, *, given: dict[str, Any]) -> None:
    table, column = TABLES[step]
    counted = recount(step, where="e.batch_id = any(%(ids)s) and e.at between %(since)s and %(until)s")
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {table} as kept (subscription_id, meter_id, {column}, account_id, event_count, total)"  # noqa: S608
            f" {counted} on conflict (subscription_id, meter_id, {column}) do update"
            " set event_count = kept.event_count + excluded.event_count,"
            " total = case (select aggregate from plans_meter where id = kept.meter_id)"
            " when 'max' then greatest(kept.total, excluded.total) else kept.total + excluded.total end",
            given,
        )
