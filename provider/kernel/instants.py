"""Instants as they come from the database: read by the interpreter's own parser, a fifth of the usual price."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.datetime import TimestamptzLoader


class InstantLoader(Loader):
    """A `timestamptz` in the ISO form of a session that speaks UTC; anything else goes the usual way."""

    timezone = UTC  # what Django asks a loader for, to know whether it needs one of its own

    def load(self, data: Buffer) -> datetime:
        """The instant."""
        try:
            instant = datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # of the years before 1000 or after 9999, or infinity
            instant = TimestamptzLoader(self.oid, self.connection).load(data)
        return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def read_fast() -> None:
    """Have every connection read its instants so: Django makes them all from one template of adapters."""
    get_adapters_template(settings.USE_TZ, UTC).register_loader("timestamptz", InstantLoader)
