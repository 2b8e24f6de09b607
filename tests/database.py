"""The tests' database: migrated once for each state of the tables' code, then copied for each run.

Migrating takes far longer than copying, and most runs find the tables as the last run found them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
# Whatever a migration reads: itself, the models behind content types, and the kernel's own schema operations.
SOURCES = ("*/migrations/*.py", "*/models/*.py", "*/models.py", "provider/kernel/*.py", "provider/settings.py")
BUILDING = "template_building"


def make(*, owner: Any, name: str, seeds: str) -> None:
    """A database `name` with all tables as migrations leave them, and what they put in laid aside by the SQL `seeds`.

    Replaces one of that name. Runs at the same time wait for each other: a database cannot be copied while somebody
    is connected to it.
    """
    template = f"template_{_digest(extra=seeds)}"
    with owner._nodb_cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('the template of tests'))")
        if not _exists(cursor, template):
            _drop_templates(cursor)
            _migrate(owner=owner, seeds=seeds)
            cursor.execute(f'alter database {BUILDING} rename to "{template}"')
        cursor.execute(f'drop database if exists "{name}" with (force)')
        cursor.execute(f'create database "{name}" template "{template}"')
    owner.settings_dict["NAME"] = name


def _migrate(*, owner: Any, seeds: str) -> None:
    name = owner.settings_dict["NAME"]
    owner.settings_dict["TEST"]["NAME"] = BUILDING
    owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    call_command("migrate", verbosity=0)
    with owner.cursor() as cursor:
        cursor.execute(seeds)
    owner.close()
    owner.settings_dict["NAME"] = name


def _exists(cursor: Any, name: str) -> bool:
    cursor.execute("select 1 from pg_database where datname = %s", [name])
    return bool(cursor.fetchone())


def _drop_templates(cursor: Any) -> None:
    """Of former states of the code."""
    cursor.execute("select datname from pg_database where datname like 'template\\_________________'")
    for (old,) in cursor.fetchall():
        cursor.execute(f'drop database "{old}"')


def _digest(*, extra: str) -> str:
    digest = hashlib.sha256(extra.encode())
    for path in _sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterable[Path]:
    yield ROOT / "requirements.lock"
    found = (path for package in ("", "provider/") for pattern in SOURCES for path in ROOT.glob(package + pattern))
    yield from sorted({path for path in found if "tests" not in path.parts})
