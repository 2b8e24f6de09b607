"""A fresh database: migrated once for each state of the tables' code, then copied for each use.

Migrating takes far longer than copying, and most find the tables as the last one found them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.core.management import call_command

ROOT: Final = Path(__file__).resolve().parents[3]
# Whatever a migration reads: itself, the models behind content types, and the kernel's own schema operations.
SOURCES: Final = ("*/migrations/*.py", "*/models/*.py", "*/models.py", "provider/kernel/*.py", "provider/settings.py")
_DIGITS: Final = 16


def make(*, owner: Any, name: str, kind: str, extra: str = "") -> None:
    """A database `name` with all tables as migrations leave them, and what the SQL `extra` adds to them.

    Replaces one of that name. `kind` names the copy that is kept for the next one; runs at the same time wait for each
    other, for a database cannot be copied while somebody is connected to it.
    """
    kept = f"{kind}_{_digest(extra)}"
    with owner._nodb_cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext(%s))", [kind])
        if not _exists(cursor, kept):
            _drop_former(cursor, kind=kind)
            _migrate(owner=owner, building=f"{kind}_building", extra=extra)
            cursor.execute(f'alter database "{kind}_building" rename to "{kept}"')
        cursor.execute(f'drop database if exists "{name}" with (force)')
        cursor.execute(f'create database "{name}" template "{kept}"')
    owner.settings_dict["NAME"] = name


def _migrate(*, owner: Any, building: str, extra: str) -> None:
    name = owner.settings_dict["NAME"]
    owner.settings_dict["TEST"]["NAME"] = building
    owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    call_command("migrate", verbosity=0)
    if extra:
        with owner.cursor() as cursor:
            cursor.execute(extra)
    owner.close()
    owner.settings_dict["NAME"] = name


def _exists(cursor: Any, name: str) -> bool:
    cursor.execute("select 1 from pg_database where datname = %s", [name])
    return bool(cursor.fetchone())


def _drop_former(cursor: Any, *, kind: str) -> None:
    """Of former states of the code."""
    cursor.execute("select datname from pg_database where datname ~ %s", [f"^{kind}_[0-9a-f]{{{_DIGITS}}}$"])
    for (old,) in cursor.fetchall():
        cursor.execute(f'drop database "{old}"')


def _digest(extra: str) -> str:
    digest = hashlib.sha256(extra.encode())
    for path in _sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:_DIGITS]


def _sources() -> Iterable[Path]:
    yield ROOT / "requirements.lock"
    found = (path for package in ("", "provider/") for pattern in SOURCES for path in ROOT.glob(package + pattern))
    yield from sorted({path for path in found if "tests" not in path.parts})
