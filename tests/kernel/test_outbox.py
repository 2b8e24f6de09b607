"""Facts reach their handlers at least once, and their effect happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from provider.kernel import audit, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.clock import now
from provider.kernel.events import Event
from provider.kernel.ids import new_id
from provider.kernel.models import AuditRow, OutboxEvent, OutboxStatus, Receipt
from tests.racing import race

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Event):
    name: ClassVar[str] = "tests.lamp_lit"

    lamp_ids: list[UUID]


Listen = Callable[..., None]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Have handlers called for the length of a test."""
    heard: list[Callable[..., object]] = []

    def add(handler: Callable[..., object], name: str) -> None:
        outbox.on(LampLit, handler, name=name)
        heard.append(handler)

    yield add
    for handler in heard:
        outbox.forget(LampLit, handler)


def _write_effect(event: LampLit, *, at: datetime) -> None:
    audit.record(by=SYSTEM, verb="light", subject_kind="lamp", subject_id=event.lamp_ids[0], account_id=None, at=at)


def _effects() -> int:
    return AuditRow.objects.filter(subject_kind="lamp").count()


def _publish() -> OutboxEvent:
    with transaction.atomic():
        return outbox.publish(LampLit(lamp_ids=[new_id(), new_id()]), AT)


@pytest.mark.django_db
def test_a_batch_is_one_row_with_its_ids_and_the_handler_gets_them_back(listen: Listen) -> None:
    heard: list[tuple[LampLit, datetime]] = []
    listen(lambda event, *, at: heard.append((event, at)), "hear")
    event = LampLit(lamp_ids=[new_id() for _ in range(500)], account_id=new_id())

    outbox.publish(event, AT)

    assert OutboxEvent.objects.get().account_id == event.account_id
    assert outbox.drain() == 1
    assert heard == [(event, AT)]
    assert OutboxEvent.objects.get().status == OutboxStatus.DELIVERED


@pytest.mark.django_db(transaction=True)
def test_a_fact_cannot_be_published_outside_of_its_transaction() -> None:
    with pytest.raises(RuntimeError, match="in the transaction of its fact"):
        outbox.publish(LampLit(lamp_ids=[]), AT)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_published(listen: Listen) -> None:
    listen(_write_effect, "light")
    with transaction.atomic():
        outbox.publish(LampLit(lamp_ids=[new_id()]), AT)
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()
    assert _effects() == 0


@pytest.mark.django_db(transaction=True)
def test_commit_wakes_the_delivery_once_for_many_events(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    listen(_write_effect, "light")
    woken: list[str] = []
    monkeypatch.setattr(outbox, "wake", woken.append)
    with transaction.atomic():
        for _ in range(3):
            outbox.publish(LampLit(lamp_ids=[new_id()]), AT)
        assert woken == []
    assert woken == ["default"]


@pytest.mark.django_db(transaction=True)
def test_after_commit_the_worker_delivers(listen: Listen) -> None:
    listen(_write_effect, "light")
    _publish()
    assert OutboxEvent.objects.get().status == OutboxStatus.DELIVERED
    assert _effects() == 1
    assert AuditRow.objects.get().at == AT  # the handler is told when the fact became true


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is woken at commit: the test delivers itself."""
    monkeypatch.setattr(outbox, "wake", lambda *_: None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("asleep")
def test_a_handler_that_fails_leaves_nothing_and_is_tried_again_while_others_are_done_once(listen: Listen) -> None:
    is_broken = True

    def fail_after_effect(event: LampLit, *, at: datetime) -> None:
        _write_effect(event, at=at)
        if is_broken:
            raise OSError("token=abc")

    listen(fail_after_effect, "fragile")
    listen(_write_effect, "sound")
    _publish()

    done = outbox.deliver_due(at=now() + LATER)

    row = OutboxEvent.objects.get()
    assert (done.delivered, done.failed, _effects()) == (0, 1, 1)  # the effect of "fragile" went with its receipt
    assert set(Receipt.objects.values_list("handler", flat=True)) == {"sound"}
    assert (row.status, row.attempts) == (OutboxStatus.WAITING, 1)
    assert row.last_error.startswith("fragile: OSError at tests/kernel/test_outbox.py")
    assert "abc" not in row.last_error
    assert row.next_try_at > now() + LATER

    is_broken = False
    assert outbox.deliver_due(at=now() + LATER).delivered == 0  # not before its time
    assert outbox.deliver_due(at=now() + 2 * LATER).delivered == 1
    assert _effects() == 2
    assert OutboxEvent.objects.get().last_error == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("asleep")
def test_after_many_tries_an_event_is_stuck_until_somebody_has_it_tried_again(listen: Listen) -> None:
    is_broken = True

    def handler(event: LampLit, *, at: datetime) -> None:
        if is_broken:
            raise OSError
        _write_effect(event, at=at)

    listen(handler, "fragile")
    _publish()
    for day in range(1, outbox.MAX_ATTEMPTS + 3):
        outbox.deliver_due(at=now() + day * LATER)

    row = OutboxEvent.objects.get()
    assert (row.status, row.attempts) == (OutboxStatus.STUCK, outbox.MAX_ATTEMPTS)

    is_broken = False
    outbox.retry(event_id=row.id, at=now())
    assert outbox.deliver_due(at=now() + LATER).delivered == 1
    assert _effects() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("asleep")
def test_a_deliverer_that_died_is_replaced_when_its_lease_ends(listen: Listen) -> None:
    listen(_write_effect, "light")
    _publish()
    at = now() + LATER
    outbox._claim(at=at, limit=5, cell="default")  # and then the machine lost power

    assert outbox.deliver_due(at=at).delivered == 0
    assert outbox.deliver_due(at=at + outbox.LEASE).delivered == 1
    assert _effects() == 1


def _deliver_together(row: OutboxEvent) -> None:
    """Two deliverers hold the same event, as when a lease ran out under a slow one; they meet before the effect."""
    both_are_here = threading.Barrier(2, timeout=10)

    def deliver() -> None:
        mine = OutboxEvent.objects.get(pk=row.pk)
        both_are_here.wait()
        outbox._deliver(mine, at=now(), cell="default")

    race(deliver, deliver)


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
@pytest.mark.usefixtures("asleep")
def test_two_deliverers_make_two_effects_where_receipts_are_switched_off(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: the harness does produce the double effect."""
    listen(_write_effect, "light")
    monkeypatch.setattr(outbox, "_write_receipts", lambda **asked: asked["handlers"])
    _deliver_together(_publish())
    assert _effects() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
@pytest.mark.usefixtures("asleep")
def test_two_deliverers_make_one_effect(listen: Listen) -> None:
    listen(_write_effect, "light")
    _deliver_together(_publish())
    assert _effects() == 1
    assert Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
@pytest.mark.usefixtures("asleep")
def test_many_deliverers_share_the_work(listen: Listen) -> None:
    listen(_write_effect, "light")
    for _ in range(60):
        _publish()
    race(*[lambda: outbox.deliver_due(at=now() + LATER)] * 4)
    assert _effects() == 60
    assert OutboxEvent.objects.filter(status=OutboxStatus.DELIVERED).count() == 60


@pytest.mark.django_db
def test_old_delivered_events_go_with_their_receipts_and_waiting_ones_stay(listen: Listen) -> None:
    listen(_write_effect, "light")
    outbox.publish(LampLit(lamp_ids=[new_id()]), AT)
    outbox.drain()
    outbox.publish(LampLit(lamp_ids=[new_id()]), AT)

    assert outbox.clean(before=AT) == 0
    assert outbox.clean(before=AT + LATER) == 1

    assert OutboxEvent.objects.get().status == OutboxStatus.WAITING
    assert not Receipt.objects.exists()


@pytest.mark.django_db
def test_what_was_published_is_neither_reworded_nor_dropped() -> None:
    row = outbox.publish(LampLit(lamp_ids=[]), AT)
    with pytest.raises(IntegrityError, match="outbox_event_is_frozen"), transaction.atomic():
        OutboxEvent.objects.filter(pk=row.pk).update(payload={})
    with pytest.raises(IntegrityError, match="outbox_undelivered_is_kept"), transaction.atomic():
        row.delete()
    for attack in ("update kernel_outboxevent set name = 'x'", "delete from kernel_outboxevent"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)
    with pytest.raises(IntegrityError, match="outbox_delivered_has_time"), transaction.atomic():
        OutboxEvent.objects.update(status="delivered")
    with pytest.raises(IntegrityError, match="outbox_stuck_says_why"), transaction.atomic():
        OutboxEvent.objects.update(status="stuck")


@pytest.mark.django_db
def test_a_receipt_is_given_once() -> None:
    event_id = new_id()
    Receipt.objects.create(event_id=event_id, handler="a")
    with pytest.raises(IntegrityError, match="event_handled_once"), transaction.atomic():
        Receipt.objects.create(event_id=event_id, handler="a")
    with pytest.raises(IntegrityError, match="event_handled_once"), connection.cursor() as cursor:
        cursor.execute("insert into kernel_outboxreceipt (event_id, handler) values (%s, 'a')", [event_id])


def test_the_same_handler_is_not_told_twice(listen: Listen) -> None:
    listen(_write_effect, "light")
    with pytest.raises(RuntimeError, match="already called"):
        outbox.on(LampLit, _write_effect, name="light")
