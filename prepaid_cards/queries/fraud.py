"""What the fraud desk sees: alarms, tries, who is kept waiting, and what was tried near a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from prepaid_cards.models import AlertStatus, AttemptOutcome, Card, CardAlert, RedemptionAttempt, WaitEnded, WaitKind
from prepaid_cards.rules import fraud, guessing
from provider.accounts.models import Account


def tries_near(card: Card, *, block: str, at: datetime) -> tuple[int, int]:
    """Of the last day: how many different unsold cards of the stack were tried, and how many by this one network."""
    first, last = fraud.near(card.counter)
    rows = RedemptionAttempt.objects.filter(
        at__gt=at - fraud.WINDOW, card__batch_id=card.batch_id, card__counter__range=(first, last)
    )  # fmt: skip
    counted = rows.aggregate(
        unsold=Count("card_id", filter=Q(outcome=AttemptOutcome.UNSOLD), distinct=True),
        scanned=Count("card_id", filter=Q(block=block) & ~Q(block=""), distinct=True),
    )
    return counted["unsold"], counted["scanned"]


def is_watched(card: Card, *, kind: str) -> bool:
    """Whether an open alarm of this kind covers the card already."""
    rows = CardAlert.objects.filter(batch_id=card.batch_id, status=AlertStatus.OPEN, kind=kind)
    return rows.filter(first__lte=card.counter, last__gte=card.counter).exists()


def alerts(*, is_open: bool) -> QuerySet[CardAlert]:
    """The alarms that wait for somebody, or those that were dealt with; the latest first."""
    rows = CardAlert.objects.select_related("batch__product", "ended_by").order_by("-at", "-id")
    return rows.filter(status=AlertStatus.OPEN) if is_open else rows.exclude(status=AlertStatus.OPEN)


def attempts() -> QuerySet[RedemptionAttempt]:
    """Every refused try."""
    return RedemptionAttempt.objects.select_related("card")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The tries of the last day in figures."""

    wrong: int
    canary: int
    unsold: int
    others: int


def tried_within_a_day(*, at: datetime) -> Tried:
    """How many tries were refused, by what they mean to the desk."""
    counted = RedemptionAttempt.objects.filter(at__gt=at - fraud.WINDOW).aggregate(
        wrong=Count("id", filter=Q(outcome=AttemptOutcome.WRONG)),
        canary=Count("id", filter=Q(outcome=AttemptOutcome.CANARY)),
        unsold=Count("id", filter=Q(outcome=AttemptOutcome.UNSOLD)),
        every=Count("id"),
    )
    others = counted["every"] - counted["wrong"] - counted["canary"] - counted["unsold"]
    return Tried(wrong=counted["wrong"], canary=counted["canary"], unsold=counted["unsold"], others=others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesser:
    """A network that tried wrong codes within a day."""

    block: str
    count: int
    last_at: datetime


def guessers(*, at: datetime, limit: int = 10) -> list[Guesser]:
    """The networks with the most wrong codes of the last day."""
    rows = (
        RedemptionAttempt.objects.filter(at__gt=at - fraud.WINDOW, is_guess=True)
        .exclude(block="")
        .values("block")
        .annotate(count=Count("id"), last_at=Max("at"))
        .order_by("-count", "-last_at")[:limit]
    )
    return [Guesser(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Who is made to wait: whose wrong codes they were, how many, the last of them, and until when."""

    whose: WaitKind
    key: str
    count: int
    last_at: datetime
    until: datetime


_REACHED: Final = """
with guess as (
  select account_id, block, serial, at from prepaid_cards_redemptionattempt where is_guess and at > %(after)s
), counted (whose, key, at) as (
  select 'account', account_id::text, at from guess where account_id is not null and not exists (
    select from prepaid_cards_redemption r where r.account_id = guess.account_id and r.at >= guess.at)
  union all select 'visitors', block, at from guess where account_id is null and block <> ''
  union all select 'network', block, at from guess where block <> ''
  union all select 'serial', serial, at from guess where serial <> ''
  union all select 'everybody', '', at from guess where at > %(hours)s
), recent as (
  select whose, key, at, max(at) over (partition by whose, key) as last_at from counted where not exists (
    select from prepaid_cards_waitended e where e.whose = counted.whose and e.key = counted.key and e.at >= counted.at
  )
), numbered as (
  select whose, key, at, last_at, row_number() over w as n, count(*) over every as total
    from recent join unnest(%(whose_of)s::text[], %(windows)s::interval[]) span(of, width) on of = whose
   where at > last_at - width
  window w as (partition by whose, key order by at), every as (partition by whose, key)
)
select whose, key, n, at, total, last_at from numbered
  join unnest(%(whose)s::text[], %(steps)s::bigint[]) ladder(who, step) on who = whose and step = n
 order by whose, key, n
"""


def waits(*, at: datetime) -> list[Wait]:
    """Everybody who is kept waiting now, whoever waits longest first. Counted as `lock_of` counts."""
    ladder = [(whose, step) for whose in guessing.FACTORS for step in guessing.steps_of(whose)]
    facts: dict[str, Any] = {
        "after": at - 2 * guessing.WINDOW, "hours": at - 2 * guessing.WINDOWS["everybody"],
        "whose_of": list(guessing.WINDOWS), "windows": list(guessing.WINDOWS.values()),
        "whose": [whose for whose, _ in ladder], "steps": [step for _, step in ladder],
    }  # fmt: skip
    reached: dict[tuple[str, str], dict[int, datetime]] = {}
    totals: dict[tuple[str, str], tuple[int, datetime]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, facts)
        for whose, key, n, reached_at, total, last_at in cursor.fetchall():
            reached.setdefault((whose, key), {})[n // guessing.FACTORS[whose]] = reached_at
            totals[whose, key] = (total, last_at)
    ends = {who: guessing.locked_until(steps, whose=who[0]) for who, steps in reached.items()}
    found = [
        Wait(whose=WaitKind(who[0]), key=who[1], count=totals[who][0], last_at=totals[who][1], until=end)
        for who, end in ends.items() if end is not None and end > at
    ]  # fmt: skip
    return sorted(found, key=lambda wait: (wait.until, wait.key), reverse=True)


def names_of_waiting(keys: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The names of the accounts among (whose, key), by their keys."""
    ids = [key for whose, key in keys if whose == WaitKind.ACCOUNT]
    return {str(one.pk): one.name for one in Account.objects.filter(id__in=ids)} if ids else {}


def waits_ended() -> QuerySet[WaitEnded]:
    """The waits that operators ended, the latest first."""
    return WaitEnded.objects.select_related("user").order_by("-at", "-id")
