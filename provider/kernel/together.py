"""Writes that nobody waits for travel with the next statement: an act of twenty writes is a few messages, not twenty.

    with transaction.atomic(), together.held():
        together.insert(row)
        together.change(Card, where={"id": card.id, "status": "active"}, status="redeemed", expected=1, ...)

What is written inside `held` goes to the database in order, before the next statement that asks it anything and at the
latest at the end of the block: whoever reads sees what was written, and a law of the database that is broken is
broken in the same transaction. Savepoints travel along: an inner `atomic` costs no message of its own, and what was
written in it has arrived, or failed, when it ends. Without `held` each write is a statement of its own, as the ORM
would have made it.
A message costs what ten small rows cost, so acts that somebody waits for are worth holding; mass work uses COPY.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from django.db import connections
from django.db.models import Field, Model
from django.db.models.expressions import DatabaseDefault
from psycopg import ClientCursor

from .errors import Refusal


@dataclass(frozen=True, slots=True)
class _Write:
    sql: str
    params: Sequence[Any] = ()
    expected: int | None = None  # rows
    otherwise: type[Refusal] | None = None

    @property
    def is_mark(self) -> bool:
        """Whether it is a savepoint's beginning or end, at which nothing can fail."""
        return self.sql.startswith(("SAVEPOINT ", "RELEASE SAVEPOINT "))


@dataclass(slots=True)
class _Held:
    """The writes of one connection that have not left yet."""

    using: str
    writes: list[_Write] = field(default_factory=list)
    is_sending: bool = False  # what goes by itself passes `carry` too

    def carry(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Send what is held in one message with the statement that somebody waits for."""
        if not self.is_sending and isinstance(sql, str) and self._keeps_mark(sql):
            return None
        if not self.writes:
            return execute(sql, params, many, context)
        cursor = context["cursor"].cursor
        if many or not isinstance(cursor, ClientCursor):  # what is prepared goes by itself
            self.send()
            return execute(sql, params, many, context)
        writes, self.writes = self.writes, []
        last = cursor.mogrify(sql, params) if params is not None else sql
        answer = execute(_message(cursor, writes, last), None, False, context)
        _look(cursor, writes)
        return answer

    def _keeps_mark(self, sql: str) -> bool:
        """Whether this only marks a place among the writes (the beginning or end of a savepoint), and may wait too."""
        verb, _, name = sql.rpartition("SAVEPOINT ")
        beginning = _Write(f"SAVEPOINT {name}")
        if verb == "ROLLBACK TO ":  # what was written since and has not left is taken back before it was sent
            del self.writes[self.writes.index(beginning) + 1 if beginning in self.writes else 0 :]
        elif sql == beginning.sql:
            self.writes.append(beginning)
            return True
        elif verb == "RELEASE " and all(one.is_mark for one in self.writes):
            self.writes.append(_Write(sql))
            return True
        return False

    def send(self) -> None:
        """Send what is held by itself."""
        if not self.writes:
            return
        writes, self.writes = self.writes, []
        self.is_sending = True
        try:
            with connections[self.using].cursor() as cursor:
                cursor.execute(_message(cursor, writes))
                _look(cursor, writes)
        finally:
            self.is_sending = False


_holding: Final[ContextVar[_Held | None]] = ContextVar("holding", default=None)


@contextmanager
def held(*, using: str = "default") -> Iterator[None]:
    """Hold writes until somebody asks or the block ends; inside the transaction that they belong to."""
    connection = connections[using]
    if not connection.in_atomic_block:
        raise RuntimeError("Writes are held inside a transaction only.")
    if _holding.get() is not None:
        yield  # whoever began to hold lets go
        return
    mine = _Held(using)
    token = _holding.set(mine)
    try:
        with connection.execute_wrapper(mine.carry):
            yield
            mine.send()
    finally:
        _holding.reset(token)


def send() -> None:
    """Send what is held: before COPY, which goes past the statements that carry it."""
    if (mine := _holding.get()) is not None:
        mine.send()


def insert(row: Model, *, using: str = "default") -> None:
    """Write a new row. While writes are held the row in memory lacks what the database fills in."""
    mine = _held_on(using)
    if mine is None:
        row.save(force_insert=True, using=using)
        return
    mine.writes.append(_insertion(row, using=using))
    row._state.adding, row._state.db = False, using


def insert_if_new(row: Model, *, using: str = "default") -> bool:
    """Write a new row at once, unless one is there that it may not stand beside; whether it was written.

    A second writer of the same waits here until the first has committed or failed.
    """
    write = _insertion(row, using=using)
    with connections[using].cursor() as cursor:
        cursor.execute(f"{write.sql} on conflict do nothing", write.params)
        is_new = bool(cursor.rowcount == 1)
    row._state.adding, row._state.db = not is_new, using
    return is_new


def change(
    model: type[Model],
    *,
    where: Mapping[str, Any],
    expected: int | None = None,
    otherwise: type[Refusal] | None = None,
    using: str = "default",
    **facts: Any,
) -> None:
    """Change the rows of which these fields are so (None: are nothing).

    With `expected` so many have to be there, else `otherwise` is raised: while writes are held, when this one is sent.
    """
    text = _update_text(model, tuple(facts), tuple((name, value is None) for name, value in where.items()))
    asked = {name: value for name, value in where.items() if value is not None}
    params = [_prepared(model, name, value, using) for name, value in (*facts.items(), *asked.items())]
    mine = _held_on(using)
    if mine is not None:
        mine.writes.append(_Write(text, params, expected, otherwise))
        return
    with connections[using].cursor() as cursor:
        cursor.execute(text, params)
        _judge(cursor.rowcount, expected=expected, otherwise=otherwise)


def execute(sql: str, params: Sequence[Any], *, using: str = "default") -> None:
    """A statement that writes and answers nothing."""
    mine = _held_on(using)
    if mine is not None:
        mine.writes.append(_Write(sql, params))
        return
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)


def _insertion(row: Model, *, using: str) -> _Write:
    given = [(one, one.pre_save(row, add=True)) for one in _fields(type(row))]
    given = [(one, value) for one, value in given if not isinstance(value, DatabaseDefault)]
    text = _insert_text(type(row), tuple(one.column for one, _ in given))
    return _Write(text, [one.get_db_prep_save(value, connections[using]) for one, value in given])


def _held_on(using: str) -> _Held | None:
    mine = _holding.get()
    return mine if mine is not None and mine.using == using else None


@cache
def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns that are written, as `save` writes them."""
    meta = model._meta
    return [one for one in meta.local_concrete_fields if not one.generated and one is not meta.auto_field]


@cache
def _insert_text(model: type[Model], columns: tuple[str, ...]) -> str:
    names, values = ", ".join(f'"{one}"' for one in columns), ", ".join(["%s"] * len(columns))
    return f'insert into "{model._meta.db_table}" ({names}) values ({values})'  # noqa: S608 -- names of the model


@cache
def _update_text(model: type[Model], names: tuple[str, ...], where: tuple[tuple[str, bool], ...]) -> str:
    facts = ", ".join(f'"{_field(model, one).column}" = %s' for one in names)
    of = " and ".join(
        f'"{_field(model, one).column}" {"is null" if is_nothing else "= %s"}' for one, is_nothing in where
    )
    return f'update "{model._meta.db_table}" set {facts} where {of}'  # noqa: S608 -- names of the model


@cache
def _field(model: type[Model], name: str) -> Field[Any, Any]:
    meta = model._meta
    return next(
        one
        for one in meta.local_concrete_fields
        if name in (one.name, one.attname) or (name == "pk" and one == meta.pk)
    )


def _prepared(model: type[Model], name: str, value: Any, using: str) -> Any:
    plain = value.pk if isinstance(value, Model) else value
    return _field(model, name).get_db_prep_save(plain, connections[using])


def _message(cursor: Any, writes: Sequence[_Write], last: str = "") -> str:
    texts = [cursor.mogrify(one.sql, one.params) for one in writes]
    return ";\n".join([*texts, last] if last else texts)


def _look(cursor: Any, writes: Sequence[_Write]) -> None:
    """Go through the answers to the writes; the cursor stands at the one of the last statement then."""
    for one in writes:
        _judge(cursor.rowcount, expected=one.expected, otherwise=one.otherwise)
        cursor.nextset()


def _judge(count: int, *, expected: int | None, otherwise: type[Refusal] | None) -> None:
    if expected is not None and count != expected:
        assert otherwise is not None
        raise otherwise()
