"""`bench ingest_web`: usage events told to one process of the web over HTTP, as senders do.

Two senders with a key each post batches of JSON and wait for the answer, which says of every event what became of it.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx

from plans.models import UsageEvent
from plans.rules.story import read_story
from provider.accounts.models import Portal
from provider.accounts.operations.api_keys import create_api_key
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage, set_stage

from . import place
from .ingest import ACCOUNTS, STORY
from .served import PATIENCE_SECONDS, web
from .subscribers import Subscriber, subscribe_all

BATCH: Final = 5_000
SENDERS: Final = 2
_BEFORE: Final = timedelta(days=20)  # as far back as events may lie without being too old


def measure(*, size: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """Tell the web `size` events; the figures as `bench --json` prints them."""
    with place.own_database("ingest_web"):
        at = (clock.now() - _BEFORE).replace(hour=0, minute=0, second=0, microsecond=0)
        stage = set_stage(read_story(STORY.replace("2026-01-01", str(at.date()))))
        subscribers = [Subscriber(name=f"Customer {number}", plan="calls") for number in range(ACCOUNTS)]
        subscribe_all(stage=stage, subscribers=subscribers, day=at.date(), at=at)
        bodies = _bodies([one.id for one in subscribers], size=size)
        secrets = [_key(stage, number=number) for number in range(SENDERS)]
        before = place.counts(with_partitions=True)
        tell("Starting the web.")
        with web() as base:
            tell(f"Telling {size:,} events by {SENDERS} senders, {BATCH:,} in a batch.")
            waits, seconds = _send(base, bodies=bodies, secrets=secrets)
        made = UsageEvent.objects.count()
        if made != size:
            raise AssertionError(f"{size} events were told, {made} were kept.")
        tell("Writing the same rows with nothing but COPY.")
        limit = place.bare_seconds(before=before, key_of={}, workers=1, with_partitions=True)
    return {
        "bench": "ingest_web",
        "size": made,
        "workers": 1,
        "seconds": round(seconds, 3),
        "rate": round(made / seconds),
        "limit_rate": round(made / limit),
        "ratio": round(limit / seconds, 3),
        "p50_ms": round(1000 * place.percentile(waits, 0.5), 1),
        "p99_ms": round(1000 * place.percentile(waits, 0.99), 1),
        "load": round(os.getloadavg()[0], 1),
        "notes": f"one web process, {SENDERS} senders, {BATCH:,} events a request, each told what became of it",
    }


def _key(stage: Stage, *, number: int) -> str:
    by = replace(SYSTEM, portal=Portal.PROVIDER, permissions=frozenset({"usage.manage"}))
    _, secret = create_api_key(
        account_id=stage.seller.account_id, portal=Portal.PROVIDER, name=f"Switch {number}", scopes=["usage:write"],
        is_test=False, expires_at=None, by=by, at=clock.now(),
    )  # fmt: skip
    return secret


def _bodies(ids: Sequence[UUID], *, size: int) -> list[bytes]:
    """The requests, ready in memory: each of one account, in turn, of the last hours."""
    began = clock.now() - timedelta(hours=6)
    step = timedelta(hours=5) / size
    return [
        json.dumps(
            {
                "account_id": str(ids[turn % len(ids)]),
                "source": "bench",
                "events": [
                    {"id": f"call-{number}", "meter": "calls", "at": (began + step * number).isoformat(), "value": 1}
                    for number in range(first, min(first + BATCH, size))
                ],
            }
        ).encode()
        for turn, first in enumerate(range(0, size, BATCH))
    ]


def _send(base: str, *, bodies: Sequence[bytes], secrets: Sequence[str]) -> tuple[list[float], float]:
    """How long each request took, and all of them together."""
    left = list(enumerate(bodies))[::-1]
    waits: list[float] = []
    troubles: list[BaseException] = []

    def send(secret: str) -> None:
        head = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        with httpx.Client(base_url=base, headers=head, timeout=PATIENCE_SECONDS) as client:
            while left and not troubles:
                number, body = left.pop()
                began = time.perf_counter()
                answer = client.post("/api/v1/usage/batch", content=body, headers={"Idempotency-Key": f"n{number}"})
                waits.append(time.perf_counter() - began)
                answer.raise_for_status()

    def guarded(secret: str) -> None:
        try:
            send(secret)
        except Exception as trouble:  # told by whoever waits for the senders
            troubles.append(trouble)

    began = time.perf_counter()
    senders = [threading.Thread(target=guarded, args=(secret,)) for secret in secrets]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    if troubles:
        raise troubles[0]
    return waits, time.perf_counter() - began
