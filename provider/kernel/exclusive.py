"""Work of which only one may be under way."""

from __future__ import annotations

from django.db import connection


def one_at_a_time(name: str) -> None:
    """Until the end of the transaction nobody else is here under this name."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
