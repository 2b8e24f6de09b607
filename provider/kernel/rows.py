"""Rows of models that a statement answers as JSON: many kinds in one question, without a query of the ORM for each.

The ORM takes longer to write such a question than PostgreSQL takes to answer it. Bytes have no place in JSON, so
fields of bytes stay unread until somebody asks for one.

PostgreSQL in turn takes ten times as long to plan such a question as to answer it for one account, so each connection
prepares it once (`ask`). A pooler between us has to know of prepared statements, as PgBouncer does since 1.21.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from django.db import connections
from django.db.models import BinaryField, Model
from psycopg import Cursor

M = TypeVar("M", bound=Model)


def ask(question: str, params: Mapping[str, Any], *, using: str = "default") -> tuple[Any, ...]:
    """The one row that answers a question which is put again and again, in the same words."""
    (found,) = ask_for_all(question, params, using=using)
    return found


def ask_for_all(question: str, params: Mapping[str, Any], *, using: str = "default") -> list[tuple[Any, ...]]:
    """The rows that answer a question which is put again and again, in the same words."""
    connection = connections[using]
    connection.ensure_connection()
    raw: Any = Cursor(connection.connection)  # the ORM's own writes its values into the text, which is never prepared
    with connection.make_cursor(raw) as cursor:
        cursor.execute(question, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    if connection.queries_logged:
        connection.queries_log.append({"sql": question, "time": ""})
    return found


def rows_in(text: str | None, *, model: type[M]) -> list[M]:
    """The rows that `json_agg(t)::text` has put together, in its order."""
    return [_row(model, facts) for facts in json.loads(text, parse_float=Decimal)] if text else []


def row_in(text: str, *, model: type[M]) -> M:
    """The row that `row_to_json(t)::text` has told."""
    return _row(model, json.loads(text, parse_float=Decimal))


def _row(model: type[M], facts: dict[str, Any]) -> M:
    fields = _fields(model)
    names = [name for name, _, _ in fields]
    return model.from_db("default", names, [read(facts[column]) for _, column, read in fields])


@cache
def _fields(model: type[Model]) -> tuple[tuple[str, str, Any], ...]:
    """Name and column of each field, and how a value of JSON becomes one of its."""
    fields = (one for one in model._meta.concrete_fields if not isinstance(one, BinaryField))
    return tuple((one.attname, one.column or one.attname, one.to_python) for one in fields)
