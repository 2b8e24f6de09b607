"""Facts travel upward: written with what made them true, delivered after commit, each handler's effect once.

What is promised. An event that was committed reaches every handler at least once; the receipt, written in the
transaction of the handler's effect, makes the effect happen once. Order is **not** promised, neither across events nor
across the handlers of one: a handler looks at the rows as they are, never at what it believes came before. Mass work
publishes one event with the ids of its batch.

A handler is called as `handler(event, at=...)` inside a transaction of its own; `at` is the instant of the fact. It
does no network call: it writes what a task or a flow will do afterwards.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from celery import current_app
from django.db import connections, transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from . import backoff, together, trouble
from .encoding import from_plain, to_plain
from .errors import NotFound
from .events import Event
from .models import OutboxEvent, OutboxStatus
from .models.outbox import TRANSITIONS
from .state import move

logger = logging.getLogger(__name__)

E_contra = TypeVar("E_contra", bound=Event, contravariant=True)

MAX_ATTEMPTS: Final = 12  # about five hours of trying
LEASE: Final = timedelta(minutes=5)  # a deliverer that died is replaced after this
BATCH: Final = 20
_DRAIN: Final = 200
_DRAINED: Final = (
    "update kernel_outboxevent set status = 'delivered', delivered_at = at where id = any(%s) and status = 'waiting'"
)
DELIVERY_TASK: Final = "kernel.deliver_outbox"


class Handler(Protocol[E_contra]):
    """What is done about an event, in a transaction of its own."""

    def __call__(self, event: E_contra, *, at: datetime) -> object: ...


@dataclass(frozen=True, slots=True)
class _Subscription:
    name: str
    event: type[Event]
    handler: Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one round of delivery has done."""

    delivered: int = 0
    failed: int = 0


_subscriptions: dict[str, list[_Subscription]] = {}
_gathered: ContextVar[list[UUID] | None] = ContextVar("gathered", default=None)


def on(event: type[E_contra], handler: Handler[E_contra], name: str | None = None) -> None:
    """Have `handler` called for every event of this class. Called in `AppConfig.ready`.

    `name` is what receipts know the handler by; without one it is "module.function". Renaming a function later without
    giving the old name here would deliver what is still waiting to it anew.
    """
    known_as = name or f"{handler.__module__}.{handler.__qualname__}"  # type: ignore[attr-defined]
    entries = _subscriptions.setdefault(event.name, [])
    for entry in entries:
        if entry.event is not event:
            raise RuntimeError(f"Two event classes are named “{event.name}”.")
        if entry.name == known_as:
            raise RuntimeError(f"“{known_as}” is already called for “{event.name}”; give one of the two a name.")
    entries.append(_Subscription(name=known_as, event=event, handler=handler))


def forget(event: type[Event], handler: Callable[..., object]) -> None:
    """Take back `on`; for tests that listen for a while."""
    entries = _subscriptions.get(event.name, [])
    entries[:] = [entry for entry in entries if entry.handler is not handler]


def handlers_of(event_name: str) -> list[str]:
    """The names of those who are told of this event."""
    return [entry.name for entry in _subscriptions.get(event_name, [])]


def publish(event: Event, at: datetime, cell: str = "default") -> OutboxEvent:
    """Write the event into the outbox of `cell`, in the transaction of its fact, and wake its delivery at commit."""
    if not connections[cell].in_atomic_block:
        raise RuntimeError(f"“{event.name}” must be published in the transaction of its fact.")
    row = OutboxEvent(name=event.name, payload=to_plain(event), account_id=event.account_id, at=at)
    together.insert(row, using=cell)
    if (gathered := _gathered.get()) is not None:
        gathered.append(row.id)
    _wake_at_commit(cell)
    return row


@contextmanager
def gathering() -> Iterator[list[UUID]]:
    """The ids of what is published meanwhile, growing as it is; for `drain` beside other people's events."""
    ids: list[UUID] = []
    token = _gathered.set(ids)
    try:
        yield ids
    finally:
        _gathered.reset(token)


def _wake_at_commit(cell: str) -> None:
    """A transaction with many events wakes delivery once."""
    if any(getattr(entry[1], "wakes_delivery", False) for entry in connections[cell].run_on_commit):
        return

    def wake_delivery() -> None:
        wake(cell)

    wake_delivery.wakes_delivery = True  # type: ignore[attr-defined]
    transaction.on_commit(wake_delivery, using=cell, robust=True)


def wake(cell: str = "default") -> None:
    """Ask a worker to deliver what is waiting. Without a broker it is left to the sweeper."""
    try:
        current_app.tasks[DELIVERY_TASK].apply_async(kwargs={"cell": cell}, retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as outage:
        logger.warning("The queue cannot be reached (%s): the sweeper will deliver.", type(outage).__name__)


def deliver_due(*, at: datetime, limit: int = 200, cell: str = "default") -> Delivered:
    """Deliver up to `limit` of the events that are due, the longest due first; several deliverers may run at once."""
    total = Delivered()
    for _ in range(-(-limit // BATCH)):
        rows = _claim(at=at, limit=BATCH, cell=cell)
        for row in rows:
            is_delivered = _deliver(row, at=at, cell=cell)
            total = Delivered(delivered=total.delivered + is_delivered, failed=total.failed + (not is_delivered))
        if len(rows) < BATCH:
            break
    return total


def _claim(*, at: datetime, limit: int, cell: str) -> list[OutboxEvent]:
    """Take a lease on due events, in a transaction of its own. The attempt is counted now: a crash uses one up."""
    with transaction.atomic(using=cell):
        due = OutboxEvent.objects.using(cell).filter(status=OutboxStatus.WAITING, next_try_at__lte=at)
        rows = list(due.order_by("next_try_at", "id").select_for_update(skip_locked=True)[:limit])
        for row in rows:
            row.attempts += 1
            row.next_try_at = at + LEASE
        OutboxEvent.objects.using(cell).bulk_update(rows, ["attempts", "next_try_at"])
    return rows


def _deliver(row: OutboxEvent, *, at: datetime, cell: str) -> bool:
    """Call every handler that has no receipt yet, each in its own transaction, and note how it went."""
    errors = []
    for entry in _subscriptions.get(row.name, []):
        try:
            _handle_once(row, entry=entry)
        except Exception as failure:  # whatever it is, the others are told and this one is tried again
            logger.exception("%s failed on %s %s", entry.name, row.name, row.id)
            errors.append(f"{entry.name}: {trouble.describe(failure)}")
    if errors:
        _note_failure(row, at=at, error="\n".join(errors), cell=cell)
    else:
        _mine(row, cell=cell).update(status=OutboxStatus.DELIVERED, delivered_at=at, last_error="")
    return not errors


def _handle_once(row: OutboxEvent, *, entry: _Subscription) -> None:
    event = from_plain(entry.event, row.payload)
    with transaction.atomic(), together.held():
        if _write_receipts(event_id=row.id, handlers=[entry.name]):
            entry.handler(event, at=row.at)


def _handle_all(row: OutboxEvent) -> None:
    """Call all handlers that have no receipt yet together: none of them has failed, or none was called."""
    entries = {entry.name: entry for entry in _subscriptions.get(row.name, [])}
    if not entries:
        return
    with transaction.atomic(), together.held():
        for name in _write_receipts(event_id=row.id, handlers=list(entries)):
            entries[name].handler(from_plain(entries[name].event, row.payload), at=row.at)


def _write_receipts(*, event_id: UUID, handlers: list[str]) -> list[str]:
    """Those for whom this is the first time, in their order. A second deliverer waits here until the first is done."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "insert into kernel_outboxreceipt (event_id, handler) select %s, unnest(%s::text[])"
            " on conflict do nothing returning handler",
            [event_id, handlers],
        )
        first = {name for (name,) in cursor.fetchall()}
    return [name for name in handlers if name in first]


def _mine(row: OutboxEvent, *, cell: str) -> Any:
    """The row, if nobody took over the lease meanwhile: the number of attempts is its token."""
    rows = OutboxEvent.objects.using(cell)
    return rows.filter(pk=row.pk, status=OutboxStatus.WAITING, attempts=row.attempts)


def _note_failure(row: OutboxEvent, *, at: datetime, error: str, cell: str) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        _mine(row, cell=cell).update(status=OutboxStatus.STUCK, last_error=error)
        return
    wait = backoff.delay(attempt=row.attempts, dice=secrets.randbelow(1001) / 1000)
    _mine(row, cell=cell).update(next_try_at=at + wait, last_error=error)


def retry(*, event_id: UUID, at: datetime, cell: str = "default") -> OutboxEvent:
    """Have a stuck event tried again from the beginning; handlers that were done stay done."""
    with transaction.atomic(using=cell):
        row = OutboxEvent.objects.using(cell).select_for_update().filter(pk=event_id).first()
        if row is None:
            raise NotFound()
        move(row, to=OutboxStatus.WAITING, transitions=TRANSITIONS, attempts=0, next_try_at=at)
        _wake_at_commit(cell)
    return row


def drain(cell: str = "default", *, only: Collection[UUID] | None = None) -> int:
    """Deliver everything that waits, and what that publishes, here and now; for tests and the story player.

    Works inside an open transaction: the handlers of an event then run in a savepoint. A handler's failure is raised.
    `only` are the events that may be touched, as `gathering` gave them: what handlers publish is among them, too.
    """
    count = 0
    waiting = OutboxEvent.objects.using(cell).filter(status=OutboxStatus.WAITING).order_by("id")
    while rows := list((waiting if only is None else waiting.filter(id__in=only))[:_DRAIN]):
        for row in rows:
            _handle_all(row)
        together.execute(_DRAINED, [[row.id for row in rows]], using=cell)
        count += len(rows)
    return count


def clean(*, before: datetime, limit: int = 10_000, cell: str = "default") -> int:
    """Remove up to `limit` events that were delivered before this instant, with their receipts; how many went."""
    old = OutboxEvent.objects.using(cell).filter(status=OutboxStatus.DELIVERED, delivered_at__lt=before)
    ids = list(old.order_by("delivered_at").values_list("id", flat=True)[:limit])
    with transaction.atomic(using=cell), connections["default"].cursor() as cursor:
        OutboxEvent.objects.using(cell).filter(id__in=ids).delete()
        cursor.execute("delete from kernel_outboxreceipt where event_id = any(%s)", [ids])
    return len(ids)
