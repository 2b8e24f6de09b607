"""`bench tries`: how long each refused try of a code takes, by what is wrong with it; the medians must not tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.db import connection

from prepaid_cards.models import CardBatch
from prepaid_cards.operations.cards import activate
from prepaid_cards.operations.generation import canaries_of
from prepaid_cards.operations.ranges import freeze_range, void_range
from prepaid_cards.operations.redemption import open_card
from prepaid_cards.operations.vault import read_codes
from prepaid_cards.queries.cards import provider_account
from prepaid_cards.rules.codes import draw
from prepaid_cards.rules.serials import serial_of
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.errors import Refusal

from . import cards, place
from .redeem import OPEN

EXPIRE: Final = "update prepaid_cards_card set redeem_before = %s where batch_id = %s and counter = %s"
MOST_MS: Final = 20
_CAUSES: Final = ("unknown", "canary", "unsold", "frozen", "void", "expired")


def measure(*, size: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """Try `size` codes of each kind; the figures as `bench --json` prints them."""
    with cards.own_house("tries"):
        return try_all(size=size, tell=tell)


def try_all(*, size: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """The same in the database and the folder that there are."""
    codes = prepare()
    tell(f"{size} tries of each: {', '.join(_CAUSES)}.")
    took: dict[str, list[float]] = {cause: [] for cause in _CAUSES}
    began = time.perf_counter()
    for number in range(size):
        for place_of_cause, cause in enumerate(_CAUSES):
            code = codes.get(cause) or draw(1)[0]
            took[cause].append(_try(code, number=number * len(_CAUSES) + place_of_cause))
    seconds = time.perf_counter() - began
    medians = {cause: place.percentile(times, 0.5) for cause, times in took.items()}
    spread = max(medians.values()) - min(medians.values())
    every = [one for times in took.values() for one in times]
    told = ", ".join(f"{cause} {median:.2f}" for cause, median in medians.items())
    return {
        "bench": "tries",
        "size": len(every),
        "workers": 1,
        "seconds": round(seconds, 3),
        "rate": round(len(every) / seconds),
        "p50_ms": round(place.percentile(every, 0.5), 2),
        "p99_ms": round(place.percentile(every, 0.99), 2),
        "spread_ms": round(spread, 2),
        "notes": f"medians in ms: {told}; they may differ by {MOST_MS}: {'met' if spread < MOST_MS else 'MISSED'}",
    }


def prepare() -> dict[str, str]:
    """A card in each state that is refused, by its secret; none for the code that no card has."""
    batch = cards.order(size=len(_CAUSES))
    cards.make(batch)
    codes = dict(enumerate(read_codes(batch), start=1))
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [batch.id])
    canary = min(canaries_of(batch))
    unsold, frozen, void, expired, *_ = sorted(codes.keys() - canaries_of(batch))
    act = {"batch_id": batch.id, "reason": "Measured", "by": SYSTEM, "at": cards.AT}
    _sell(batch, counters=[frozen, expired])
    freeze_range(first=frozen, last=frozen, **act)  # type: ignore[arg-type]
    void_range(first=void, last=void, **act)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [cards.AT, batch.id, expired])
    places = {"canary": canary, "unsold": unsold, "frozen": frozen, "void": void, "expired": expired}
    return {cause: codes[counter] for cause, counter in places.items()}


def _sell(batch: CardBatch, *, counters: list[int]) -> None:
    activate(
        seller_id=provider_account().id, receipt="", request_key="measured", from_store=True, by=SYSTEM, at=cards.AT,
        serials=[serial_of(prefix=batch.prefix, counter=counter) for counter in counters],
    )  # fmt: skip


def _try(code: str, *, number: int) -> float:
    """Milliseconds of one try, each from a network of its own and a minute after the last, so that nobody waits."""
    by = Actor(kind="anonymous", address=f"10.{number // 256 % 256}.{number % 256}.1")
    at = cards.AT + timedelta(minutes=number)
    began = time.perf_counter()
    try:
        open_card(code_typed=code, account_id=None, by=by, at=at)
    except Refusal:
        return 1000 * (time.perf_counter() - began)
    raise AssertionError("A code was taken that must be refused.")
