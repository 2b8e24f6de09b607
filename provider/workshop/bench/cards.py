"""`bench cards`: a batch made by its job: secrets drawn, hashed under the key, sealed into the file, rows copied in."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.test.utils import override_settings

from prepaid_cards.models import BatchStatus, CardBatch
from prepaid_cards.operations.batches import LARGEST_BATCH, approve_batch, order_batch
from prepaid_cards.operations.products import ProductWish, create_product, offer_product
from prepaid_cards.rules.vault import SEGMENT_CARDS
from provider.accounts.models import Account, Portal, Profile
from provider.kernel import clock, jobs
from provider.kernel.actor import SYSTEM
from provider.kernel.ids import new_id

from . import place
from .wishes import BALANCE

AT: Final = datetime(2026, 1, 5, 4, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """How the making went: each segment's seconds, and the memory after the first and the last one."""

    segments: list[float]
    seconds: float
    cpu_seconds: float
    first_rss_mb: int
    last_rss_mb: int


def measure(*, size: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """Make `size` cards; the figures as `bench --json` prints them."""
    with own_house("cards"):
        return make_and_compare(size=size, tell=tell)


@contextmanager
def own_house(name: str) -> Iterator[None]:
    """A database and a folder for sealed files of its own, in which nobody waits for a second person."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        override_settings(CARD_VAULT_DIR=Path(folder), CARD_BATCH_NEEDS_TWO_ABOVE=LARGEST_BATCH),
        place.own_database(name),
    ):
        yield


def make_and_compare(*, size: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """The same in the database and the folder that there are."""
    before = place.counts()
    batch = order(size=size)
    tell(f"Making {batch.total_count:,} cards.")
    made = make(batch)
    tell("Writing the same rows with nothing but COPY.")
    limit = place.bare_seconds(before=before, key_of={}, workers=1)
    return {
        "bench": "cards",
        "size": batch.total_count,
        "workers": 1,
        "seconds": round(made.seconds, 3),
        "rate": round(batch.total_count / made.seconds),
        "limit_rate": round(batch.total_count / limit),
        "ratio": round(limit / made.seconds, 3),
        "p50_ms": round(1000 * place.percentile(made.segments, 0.5), 1),
        "p99_ms": round(1000 * place.percentile(made.segments, 0.99), 1),
        "peak_rss_mb": made.last_rss_mb,
        "cpu_seconds": round(made.cpu_seconds, 3),
        "notes": f"a segment is {SEGMENT_CARDS:,} cards, committed and on the disk; memory after the first segment "
        f"{made.first_rss_mb} MB, after the last {made.last_rss_mb} MB; CPU is this process's, not the database's",
    }


def order(*, size: int, wish: ProductWish = BALANCE) -> CardBatch:
    """A batch of so many cards, approved; its job has not begun."""
    provider = Account.objects.create(name="Provider of a measurement", time_zone="UTC", created_at=AT)
    Profile.objects.create(account=provider, portal=Portal.PROVIDER, created_at=AT)
    product = create_product(wish=wish, by=SYSTEM, at=AT)
    offer_product(product_id=product.id, by=SYSTEM, at=AT)
    batch = order_batch(product_id=product.id, count=size, request_key=str(new_id()), by=SYSTEM, at=AT)
    return approve_batch(batch_id=batch.id, by=SYSTEM, at=AT)


def make(batch: CardBatch) -> Made:
    """Run the batch's job to its end, chunk by chunk, as a worker does."""
    assert batch.job_id is not None
    segments: list[float] = []
    began, cpu_began, first_rss = time.perf_counter(), time.process_time(), 0
    token = jobs.claim(job_id=batch.job_id, at=clock.now())
    assert token is not None
    goes_on = True
    while goes_on:
        segment_began = time.perf_counter()
        goes_on = jobs.run_chunk(job_id=batch.job_id, token=token, at=clock.now())
        segments.append(time.perf_counter() - segment_began)
        first_rss = first_rss or place.peak_rss_mb()
    made = Made(
        segments=segments, seconds=time.perf_counter() - began, cpu_seconds=time.process_time() - cpu_began,
        first_rss_mb=first_rss, last_rss_mb=place.peak_rss_mb(),
    )  # fmt: skip
    batch.refresh_from_db()
    assert batch.status == BatchStatus.GENERATED, f"The batch is {batch.status} after {batch.made_count} cards."
    return made
