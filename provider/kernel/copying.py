"""Binary COPY through Django's own connection: the way in for mass work, some ten times as fast as `bulk_create`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connections

from . import together


def copy_rows(*, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]], cell: str = "default") -> None:
    """Append `rows` to `table` in the open transaction; `columns` gives the PostgreSQL type of each, in order.

    One COPY is one statement, so statement triggers see all its rows. PostgreSQL refuses COPY into a table with
    row-level security: copy those into a temporary table and INSERT SELECT. Write `text` for char(n) columns.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f'copy "{table}" ({names}) from stdin (format binary)'
    connection = connections[cell]
    together.send()
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)
