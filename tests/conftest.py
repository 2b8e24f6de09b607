"""Shared by all tests: the database is built by its owner and used as the application's role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest, request: pytest.FixtureRequest) -> Iterator[None]:
    """Create the test database as owner, migrate it, and point the application's connection at it."""
    suffix = getattr(request.config, "workerinput", {}).get("workerid", "")
    owner, application = connections["owner"], connections["default"]
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        base = settings.DATABASES["owner"]["NAME"]
        name = f"test_{base}_{suffix}" if suffix else f"test_{base}"
        owner.settings_dict["TEST"]["NAME"] = name
        owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        call_command("migrate", verbosity=0)
        application.close()
        application.settings_dict["NAME"] = name
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        application.close()
        owner.creation.destroy_test_db(base, verbosity=0)


def _empty_all_tables(self: TransactionTestCase) -> None:
    """After a test that really commits: empty every table as owner, append-only ones too."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "select c.relname, c.relhastriggers from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition "
            "and c.relname not in ('django_migrations', 'django_content_type')"
        )
        tables = [name for name, _ in cursor.fetchall()]
        for name in tables:
            cursor.execute(f'alter table "{name}" disable trigger user')
        cursor.execute("truncate " + ", ".join(f'"{name}"' for name in tables) + " restart identity cascade")
        for name in tables:
            cursor.execute(f'alter table "{name}" enable trigger user')


TransactionTestCase._fixture_teardown = _empty_all_tables  # type: ignore[method-assign]
