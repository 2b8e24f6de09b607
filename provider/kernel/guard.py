"""The code and its database fit together, or nothing is served."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import OperationalError, connections
from django.db.migrations.loader import MigrationLoader

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """Migrations by name, as app.name: those that wait, and those that only a newer code knows."""

    pending: list[str]
    unknown: list[str]


def difference(*, database: str = "default") -> Difference:
    """Compare the migrations that the database has seen with those of this code."""
    loader = MigrationLoader(connections[database])
    ours = {app for app, _ in loader.disk_migrations}
    known = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    known |= loader.disk_migrations.keys()
    unknown = [key for key in loader.applied_migrations if key[0] in ours and key not in known]
    pending = [key for key in loader.graph.nodes if key not in loader.applied_migrations]
    return Difference(
        pending=sorted(".".join(key) for key in pending), unknown=sorted(".".join(key) for key in unknown)
    )


def newer_than_code(unknown: list[str]) -> str:
    """The sentence for a database that a newer code has migrated."""
    return (
        f"The database is newer than this code: it knows {', '.join(unknown[:5])}. Bring the code up to date, or "
        "restore a backup of the database that is as old as this code. Nothing was changed."
    )


def older_than_code(pending: list[str]) -> str:
    """The sentence for a database that this code has still to migrate."""
    return (
        f"The database is older than this code: {len(pending)} migrations are missing ({', '.join(pending[:5])}). "
        "Run `.venv/bin/python manage.py migrate`, then start again."
    )


def schema_trouble(*, database: str = "default") -> str | None:
    """One sentence on what does not fit and what to do, or None."""
    found = difference(database=database)
    if found.unknown:
        return newer_than_code(found.unknown)
    return older_than_code(found.pending) if found.pending else None


def refuse_wrong_schema() -> None:
    """End the process with that sentence. Called once where serving begins: web, worker, beat, and commands that act.

    A database that is away is not a wrong one: the process starts, and answers when the database does.
    """
    try:
        trouble = schema_trouble()
    except OperationalError:
        logger.exception("The database does not answer; its version could not be checked")
        return
    if trouble:
        sys.exit(trouble)


def check_schema(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """As a Django check, tagged `database`: `migrate` itself refuses a database from the future."""
    unknown = [difference(database=database).unknown for database in databases or ()]
    return [Error(newer_than_code(names), id="kernel.E001") for names in unknown if names]
