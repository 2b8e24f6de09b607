"""What the fraud desk sees: alarms, tries, who is kept waiting, and what was tried near a card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from prepaid_cards.models import AlertStatus, AttemptOutcome, Card, CardAlert, RedemptionAttempt
from prepaid_cards.rules import fraud, guessing


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
    """A network that tried wrong codes within a day, and whether that made it wait."""

    block: str
    count: int
    last_at: datetime
    is_kept: bool


def guessers(*, at: datetime, limit: int = 10) -> list[Guesser]:
    """The networks with the most wrong codes of the last day."""
    rows = (
        RedemptionAttempt.objects.filter(at__gt=at - fraud.WINDOW, is_guess=True)
        .exclude(block="")
        .values("block")
        .annotate(count=Count("id"), last_at=Max("at"))
        .order_by("-count", "-last_at")[:limit]
    )
    least = guessing.LADDER[0][0] * guessing.NETWORK_FACTOR
    return [Guesser(**row, is_kept=row["count"] >= least) for row in rows]
