"""What stands between the database and this code: migrations that wait, or that only a newer code knows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections
from django.db.migrations.executor import MigrationExecutor


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of migrations, as app.name."""

    pending: list[str]
    unknown: list[str]


def difference(*, database: str) -> Difference:
    """Compare the migrations that the database has seen with those of this code."""
    executor = MigrationExecutor(connections[database])
    loader = executor.loader
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    ours = {app for app, _ in loader.disk_migrations}
    known = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    known |= loader.disk_migrations.keys()
    unknown = [key for key in loader.applied_migrations if key[0] in ours and key not in known]
    return Difference(
        pending=[f"{migration.app_label}.{migration.name}" for migration, _ in plan],
        unknown=sorted(".".join(key) for key in unknown),
    )


def newer_than_code(unknown: list[str]) -> str:
    """The sentence for a database that a newer code has migrated."""
    return (
        f"The database is newer than this code: it knows {', '.join(unknown[:5])}. Bring the code up to date, or "
        "restore a backup of the database that is as old as this code. Nothing was changed."
    )
