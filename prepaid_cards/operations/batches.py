"""Batches: ordered, approved by a second person where they are large, generated as a job, opened, locked, voided."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from prepaid_cards.errors import (
    BadBatchSize,
    BatchTooManyThisYear,
    ProductNotOffered,
    ReasonMissing,
    RequestKeyReused,
    SecondPersonNeeded,
)
from prepaid_cards.models import BATCH_MOVES, BatchKind, BatchStatus, CardBatch, ProductStatus
from prepaid_cards.rules.serials import prefix_of
from prepaid_cards.rules.terms import end_of_day
from prepaid_cards.rules.vault import new_batch_key, wrap_key
from provider.kernel import audit, jobs
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.exclusive import one_at_a_time
from provider.kernel.state import move

from . import vault
from .locks import lock_batch, lock_product
from .zones import provider_zone

LARGEST_BATCH = 5_000_000
CANARIES = 3  # in every printed batch, wherever chance puts them
GENERATE = "prepaid_cards.generate"


def order_batch(
    *,
    product_id: UUID,
    count: int,
    kind: str = BatchKind.PRINTED,
    request_key: str,
    note: str = "",
    by: Actor,
    at: datetime,
) -> CardBatch:
    """Order cards of an offered product. The same `request_key` again returns the first order."""
    if not 1 <= count <= LARGEST_BATCH:
        raise BadBatchSize(field="count", most=f"{LARGEST_BATCH:,}")
    with transaction.atomic():
        one_at_a_time("card batches")
        known = CardBatch.objects.filter(request_key=request_key).first()
        if known is not None:
            if (known.product_id, known.count, known.kind) != (product_id, count, kind):
                raise RequestKeyReused(field="request_key")
            return known
        product = lock_product(product_id)
        if product.status != ProductStatus.OFFERED:
            raise ProductNotOffered(field="product", product=product.own_name)

        zone = provider_zone()
        last_day = product.redeem_by_on
        batch = CardBatch.objects.create(
            product=product, kind=kind, prefix=_next_prefix(at=at), request_key=request_key, count=count,
            canary_count=CANARIES if kind == BatchKind.PRINTED else 0, note=note.strip(),
            face_minor=product.face_minor, currency=product.currency, tax_class=product.tax_class,
            tax_rate=product.tax_rate, redeem_by=product.redeem_by, redeem_by_years=product.redeem_by_years,
            redeem_before=end_of_day(last_day=last_day, zone=zone) if last_day else None,
            needs_second_person=count > settings.CARD_BATCH_NEEDS_TWO_ABOVE, ordered_at=at, ordered_by_id=by.user_id,
        )  # fmt: skip

        _record(batch, verb="card_batch.ordered", after={"product": product.name, "count": count}, by=by, at=at)
        return batch


def approve_batch(*, batch_id: UUID, by: Actor, at: datetime) -> CardBatch:
    """Let a batch be made; above the set size by another person than the one who ordered it. Making begins at once."""
    with transaction.atomic():
        batch = lock_batch(batch_id)
        if batch.needs_second_person and (by.user_id is None or by.user_id == batch.ordered_by_id):
            raise SecondPersonNeeded()

        move(batch, to=BatchStatus.APPROVED, transitions=BATCH_MOVES, approved_at=at, approved_by_id=by.user_id)
        if batch.kind == BatchKind.ELECTRONIC:
            move(batch, to=BatchStatus.OPEN, transitions=BATCH_MOVES, opened_at=at)
        else:
            _begin_making(batch, by=by, at=at)

        _record(batch, verb="card_batch.approved", by=by, at=at)
        return batch


def open_batch(*, batch_id: UUID, by: Actor, at: datetime) -> CardBatch:
    """Let its cards be sold and redeemed again after a lock."""
    with transaction.atomic():
        batch = lock_batch(batch_id)
        move(batch, to=BatchStatus.OPEN, transitions=BATCH_MOVES, opened_at=batch.opened_at or at, locked_at=None)

        _record(batch, verb="card_batch.opened", by=by, at=at)
        return batch


def lock_all_of_batch(*, batch_id: UUID, reason: str, by: Actor, at: datetime) -> CardBatch:
    """Stop selling and redeeming its cards, each of them staying what it is."""
    return _stop(
        batch_id, to=BatchStatus.LOCKED, fact="locked_at", verb="card_batch.locked", reason=reason, by=by, at=at
    )


def void_batch(*, batch_id: UUID, reason: str, by: Actor, at: datetime) -> CardBatch:
    """End a batch for good: no card of it is taken any more; what was redeemed stays. Its sealed secrets are lost."""
    return _stop(batch_id, to=BatchStatus.VOID, fact="voided_at", verb="card_batch.voided", reason=reason, by=by, at=at)


def _stop(batch_id: UUID, *, to: BatchStatus, fact: str, verb: str, reason: str, by: Actor, at: datetime) -> CardBatch:
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        batch = lock_batch(batch_id)
        facts: dict[str, object] = {fact: at}
        if to == BatchStatus.VOID and batch.wrapped_key is not None:
            facts |= {"wrapped_key": None, "key_destroyed_at": at}
            transaction.on_commit(partial(vault.remove, batch_id))
        move(batch, to=to, transitions=BATCH_MOVES, **facts)  # type: ignore[arg-type]

        _record(batch, verb=verb, reason=reason.strip(), by=by, at=at)
        return batch


def _begin_making(batch: CardBatch, *, by: Actor, at: datetime) -> None:
    ring = settings.CARD_KEYS
    job = jobs.start(
        kind=GENERATE, params={"batch_id": batch.id, "prefix": batch.prefix}, by=by, at=at, account_id=by.account_id,
        total=batch.total_count,
    )  # fmt: skip
    move(
        batch, to=BatchStatus.GENERATING, transitions=BATCH_MOVES, job_id=job.id,
        wrapped_key=wrap_key(new_batch_key(), key=ring.newest, batch_id=batch.id), wrapped_with=ring.newest.name,
    )  # fmt: skip


def _next_prefix(*, at: datetime) -> str:
    year = local_day(at=at, zone=provider_zone()).year
    begins_with = f"{year % 100:02d}"
    newest = CardBatch.objects.filter(prefix__startswith=begins_with).aggregate(newest=Max("prefix"))["newest"]
    number = int(newest[2:]) + 1 if newest else 1
    if number > 9999:
        raise BatchTooManyThisYear()
    return prefix_of(year=year, number=number)


def _record(
    batch: CardBatch, *, verb: str, by: Actor, at: datetime, after: dict[str, object] | None = None, reason: str = ""
) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="card_batch", subject_id=batch.id, account_id=by.account_id, at=at,
        after={"prefix": batch.prefix, "status": str(batch.status)} | (after or {}), reason=reason,
    )  # fmt: skip
