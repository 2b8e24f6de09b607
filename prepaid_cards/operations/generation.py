"""Making cards: drawn, hashed, sealed and copied in, segment by segment, as a job that a crash cannot spoil."""

from __future__ import annotations

import hmac
import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from prepaid_cards.events import BatchGenerated
from prepaid_cards.models import BATCH_MOVES, BatchStatus, CardBatch, CardEvent, CardStatus, CardVerb
from prepaid_cards.rules import vault
from prepaid_cards.rules.codes import draw
from prepaid_cards.rules.serials import serials_of
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.copying import copy_rows
from provider.kernel.errors import N_
from provider.kernel.jobs import Chunk, Outcome, Result
from provider.kernel.state import move

from .locks import lock_batch
from .vault import batch_key_of, write_segment

CARD_COLUMNS: Final = {
    "batch_id": "uuid", "counter": "int4", "serial": "text", "secret_hmac": "bytea", "key_path": "text",
    "status": "text", "frozen_from": "text", "is_canary": "bool",
}  # fmt: skip


def generate_chunk(chunk: Chunk) -> Outcome:
    """The job's step: one segment of the batch under the batch's lock, so that no two workers make the same cards."""
    batch = lock_batch(UUID(chunk.params["batch_id"]))
    index = int(chunk.cursor or 0)
    if batch.status != BatchStatus.GENERATING or batch.made_count != index * vault.SEGMENT_CARDS:
        return Outcome(cursor=None)  # voided meanwhile, or another worker was here first
    made = make_segment(batch, index=index)
    is_last = batch.made_count == batch.total_count
    if is_last:
        finish(batch, by=chunk.by, at=chunk.at)
    link = Result(label=N_("The batch"), url=f"/operator/cards/batches/{batch.id}/")
    return Outcome(
        cursor=None if is_last else index + 1, handled=made, counts={"made": made}, result=link if is_last else None
    )


def make_segment(batch: CardBatch, *, index: int) -> int:
    """Draw, seal and copy in the cards of one segment; how many."""
    first = index * vault.SEGMENT_CARDS + 1
    count = min(vault.SEGMENT_CARDS, batch.total_count - first + 1)
    codes = draw(count)
    batch_key = batch_key_of(batch)
    write_segment(
        batch_id=batch.id, index=index,
        sealed=vault.seal_segment(codes, batch_key=batch_key, batch_id=batch.id, index=index),
    )  # fmt: skip
    copy_rows(table="prepaid_cards_card", columns=CARD_COLUMNS, rows=_rows(batch, first=first, codes=codes))
    batch.made_count += count
    batch.save(update_fields=["made_count"])
    return count


def canaries_of(batch: CardBatch) -> frozenset[int]:
    """Which counters are canaries: chosen by a key that is not in the database, so that nobody can work them out."""
    if not batch.canary_count:
        return frozenset()
    seed = settings.CARD_KEYS.named(batch.wrapped_with).digest(b"canaries|" + batch.id.bytes)
    dice = random.Random(seed)  # noqa: S311 - seeded by a keyed hash; only the key's holder can repeat it
    return frozenset(dice.sample(range(1, batch.total_count + 1), batch.canary_count))


def finish(batch: CardBatch, *, by: Actor, at: datetime) -> None:
    """All cards are there."""
    move(batch, to=BatchStatus.GENERATED, transitions=BATCH_MOVES, generated_at=at)
    CardEvent.objects.create(
        batch=batch, first=1, last=batch.total_count, verb=CardVerb.GENERATED, at=at, user_id=by.user_id
    )
    audit.record(
        by=by, verb="card_batch.generated", subject_kind="card_batch", subject_id=batch.id, account_id=by.account_id,
        at=at, after={"prefix": batch.prefix, "count": batch.made_count},
    )  # fmt: skip
    outbox.publish(BatchGenerated(batch_id=batch.id, count=batch.made_count), at=at)


def _rows(batch: CardBatch, *, first: int, codes: list[str]) -> Iterator[tuple[Any, ...]]:
    key = settings.CARD_KEYS.newest
    hashing, name, canaries, batch_id = key.hashing, key.name, canaries_of(batch), batch.id
    generated, digest = CardStatus.GENERATED.value, hmac.digest
    serials = serials_of(prefix=batch.prefix, first=first, count=len(codes))
    for counter, (serial, code) in enumerate(zip(serials, codes, strict=True), start=first):
        hashed = digest(hashing, code.encode(), "sha256")
        yield batch_id, counter, serial, hashed, name, generated, "", counter in canaries
