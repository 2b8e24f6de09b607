"""Making cards: as many as ordered, each with a secret of which the database has a keyed hash and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from prepaid_cards.errors import (
    BadBatchSize,
    ProductNotOffered,
    RequestKeyReused,
    SecondPersonNeeded,
    SecretsDestroyed,
)
from prepaid_cards.models import BatchStatus, Card, CardEvent, CardStatus
from prepaid_cards.operations.batches import approve_batch, order_batch, void_batch
from prepaid_cards.operations.generation import canaries_of, generate_chunk
from prepaid_cards.operations.products import create_product
from prepaid_cards.operations.vault import read_codes
from prepaid_cards.rules import vault as vault_rules
from prepaid_cards.rules.codes import read_code
from prepaid_cards.rules.keys import hashes_for_lookup
from prepaid_cards.rules.serials import read_serial
from provider.kernel import clock, jobs
from provider.kernel.errors import ForbiddenMove
from provider.kernel.models import Job
from tests.factories import AT
from tests.prepaid_cards.conftest import House, made_batch, wish


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten cards a segment, so that a small batch has several."""
    monkeypatch.setattr(vault_rules, "SEGMENT_CARDS", 10)
    monkeypatch.setattr(vault_rules, "SEGMENT_BYTES", 10 * 16 + 28)


@pytest.mark.usefixtures("small_segments")
def test_a_job_makes_the_ordered_cards_and_three_canaries(house: House) -> None:
    batch = made_batch(house, count=24)

    cards = list(Card.objects.filter(batch=batch).order_by("counter"))
    assert batch.status == BatchStatus.GENERATED
    assert [card.counter for card in cards] == list(range(1, 28))
    assert {card.counter for card in cards if card.is_canary} == canaries_of(batch)
    assert all(read_serial(card.serial).counter == card.counter for card in cards)
    assert all(read_serial(card.serial).prefix == batch.prefix for card in cards)
    assert {card.status for card in cards} == {CardStatus.GENERATED}


@pytest.mark.usefixtures("small_segments")
def test_the_sealed_file_holds_the_secrets_and_the_database_their_keyed_hashes(house: House) -> None:
    batch = made_batch(house, count=24)

    codes = read_codes(batch)

    assert len(set(codes)) == 27
    for card, code in zip(Card.objects.filter(batch=batch).order_by("counter"), codes, strict=True):
        assert read_code(code) == code
        assert hashes_for_lookup(settings.CARD_KEYS, code=code)[bytes(card.secret_hmac)] == card.key_path


def test_no_secret_lies_in_the_database_or_readably_on_the_disk(house: House, vault: Path) -> None:
    batch = made_batch(house)
    codes = read_codes(batch)

    (sealed,) = vault.iterdir()
    content = sealed.read_bytes()
    assert sealed.stat().st_mode & 0o077 == 0
    assert not any(code.encode() in content for code in codes)
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(card::text, ' ') from prepaid_cards_card card")
        rows = cursor.fetchone()[0]
        cursor.execute("select string_agg(b::text, ' ') from prepaid_cards_cardbatch b")
        rows += cursor.fetchone()[0]
    assert not any(code in rows or code.encode().hex() in rows for code in codes)


@pytest.mark.usefixtures("small_segments")
def test_a_segment_that_was_begun_twice_is_written_over(house: House) -> None:
    """A worker dies between the file and the commit: its rows are gone, its segment is overwritten."""
    batch = order_batch(product_id=house.product.id, count=12, request_key="k", by=house.ann, at=AT)
    batch = approve_batch(batch_id=batch.id, by=house.bo, at=AT)
    path = settings.CARD_VAULT_DIR / f"{batch.id}.sealed"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * vault_rules.SEGMENT_BYTES)

    jobs.run_to_end(job_id=batch.job_id, at=clock.now())

    batch.refresh_from_db()
    assert len(read_codes(batch)) == 15


@pytest.mark.usefixtures("small_segments")
def test_a_worker_that_comes_late_makes_nothing_twice(house: House) -> None:
    batch = made_batch(house, count=12)
    job = Job.objects.get(id=batch.job_id)
    late = jobs._chunk_of(job, at=AT)

    outcome = generate_chunk(late)

    assert outcome.cursor is None
    assert Card.objects.filter(batch=batch).count() == 15


def test_one_event_tells_the_making_of_all_cards(house: House) -> None:
    batch = made_batch(house)

    (event,) = CardEvent.objects.filter(batch=batch)
    assert (event.verb, event.first, event.last) == ("generated", 1, 23)


@pytest.mark.parametrize("count", [0, -1, 100_000_000])
def test_a_batch_of_nothing_or_of_a_hundred_million_is_refused(house: House, count: int) -> None:
    with pytest.raises(BadBatchSize):
        order_batch(product_id=house.product.id, count=count, request_key="k", by=house.ann, at=AT)


def test_ordering_twice_under_one_key_orders_once(house: House) -> None:
    first = order_batch(product_id=house.product.id, count=10, request_key="k", by=house.ann, at=AT)

    assert order_batch(product_id=house.product.id, count=10, request_key="k", by=house.ann, at=AT).id == first.id
    with pytest.raises(RequestKeyReused):
        order_batch(product_id=house.product.id, count=11, request_key="k", by=house.ann, at=AT)


def test_a_product_that_is_not_offered_cannot_be_ordered(house: House) -> None:
    draft = create_product(wish=wish(house.plan), by=house.ann, at=AT)

    with pytest.raises(ProductNotOffered):
        order_batch(product_id=draft.id, count=10, request_key="k", by=house.ann, at=AT)


def test_a_large_batch_needs_a_second_person(house: House) -> None:
    batch = order_batch(product_id=house.product.id, count=501, request_key="k", by=house.ann, at=AT)

    with pytest.raises(SecondPersonNeeded):
        approve_batch(batch_id=batch.id, by=house.ann, at=AT)

    assert approve_batch(batch_id=batch.id, by=house.bo, at=AT).status == BatchStatus.GENERATING


def test_a_small_batch_may_be_approved_by_whoever_ordered_it(house: House) -> None:
    batch = order_batch(product_id=house.product.id, count=500, request_key="k", by=house.ann, at=AT)

    assert approve_batch(batch_id=batch.id, by=house.ann, at=AT).status == BatchStatus.GENERATING


def test_a_batch_is_approved_once(house: House) -> None:
    batch = made_batch(house)

    with pytest.raises(ForbiddenMove):
        approve_batch(batch_id=batch.id, by=house.bo, at=AT)


def test_batches_of_a_year_are_numbered_in_a_row(house: House) -> None:
    prefixes = [
        order_batch(product_id=house.product.id, count=1, request_key=str(n), by=house.ann, at=AT).prefix
        for n in range(3)
    ]

    assert prefixes == ["260001", "260002", "260003"]


def test_a_voided_batch_loses_its_secrets(house: House) -> None:
    batch = made_batch(house)

    void_batch(batch_id=batch.id, reason="Misprint", by=house.ann, at=AT)

    batch.refresh_from_db()
    with pytest.raises(SecretsDestroyed):
        read_codes(batch)
