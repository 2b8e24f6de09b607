"""Shared by all tests: the database is built by its owner and used as the application's role."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings

from tests import database, properties

# A busy machine is no failure; what must be quick is measured where nothing else runs.
hypothesis_settings.register_profile("perennial", deadline=None, max_examples=properties.ASKED or 100)
hypothesis_settings.load_profile("perennial")

pytest_plugins = ["tests.browser"]  # here, after pytest-playwright, whose fixtures it narrows


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests come first, so that no worker is left alone with one at the end."""
    long_files = {item.path for item in items if any(item.get_closest_marker(mark) for mark in ("slow", "browser"))}
    items.sort(key=lambda item: item.path not in long_files)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest, request: pytest.FixtureRequest) -> Iterator[None]:
    """Make the test database as owner, and point the application's connection at it."""
    suffix = getattr(request.config, "workerinput", {}).get("workerid", "")
    owner, application = connections["owner"], connections["default"]
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        base = settings.DATABASES["owner"]["NAME"]
        name = f"test_{base}_{suffix}" if suffix else f"test_{base}"
        database.make(owner=owner, name=name, seeds=_KEEP_SEEDS)
        application.close()
        application.settings_dict["NAME"] = name
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        application.close()
        owner.creation.destroy_test_db(base, verbosity=0)


def _empty_all_tables(self: TransactionTestCase) -> None:
    """After a test that really commits: every table as migrations left it, append-only ones too, emptied as owner.

    A connection of its own, because Django lets a test use only the databases that it names.
    """
    database = connections["default"].settings_dict["NAME"]
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database, autocommit=True) as owner:
        owner.execute(_EMPTY)


# What migrations put into tables (the regions, say) is laid aside once, and put back whenever tables are emptied.
_KEEP_SEEDS = """
create schema seeds;
do $$
declare one text; has_rows boolean;
begin
  for one in select tablename from pg_tables where schemaname = 'public' and tablename !~ '^(django|auth)_' loop
    execute format('select exists (select from public.%I)', one) into has_rows;
    if has_rows then execute format('create table seeds.%I as table public.%I', one, one); end if;
  end loop;
end $$
"""

_EMPTY = """
do $$
declare guarded text; everything text; seeded text; counted text;
begin
  select string_agg(format('%I', c.relname), ', ') into everything
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
     and c.relname not in ('django_migrations', 'django_content_type');
  for guarded in
    select distinct format('%I', c.relname) from pg_trigger t join pg_class c on c.oid = t.tgrelid
      join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and not t.tgisinternal
  loop
    execute 'alter table ' || guarded || ' disable trigger user';
  end loop;
  execute 'truncate ' || everything || ' restart identity cascade';
  -- Older tables first: they are what newer ones refer to. What counts its ids goes on after those that are back.
  for seeded in
    select c.relname from pg_class c join pg_tables t on t.tablename = c.relname
     where t.schemaname = 'seeds' and c.relnamespace = 'public'::regnamespace order by c.oid
  loop
    execute format('insert into public.%I overriding system value table seeds.%I', seeded, seeded);
    for counted in
      select attname from pg_attribute where attrelid = format('public.%I', seeded)::regclass and attidentity <> ''
    loop
      execute format('select setval(pg_get_serial_sequence(%L, %L), max(%I)) from public.%I',
                     seeded, counted, counted, seeded);
    end loop;
  end loop;
  for guarded in
    select distinct format('%I', c.relname) from pg_trigger t join pg_class c on c.oid = t.tgrelid
      join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and not t.tgisinternal
  loop
    execute 'alter table ' || guarded || ' enable trigger user';
  end loop;
end $$
"""


TransactionTestCase._fixture_teardown = _empty_all_tables  # type: ignore[method-assign]
