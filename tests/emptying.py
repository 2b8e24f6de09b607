"""The tests' database made as migrations left it, after a test that really commits.

Most such tests leave rows in a dozen of some two hundred tables: emptying all of them takes ten times as long as asking
which ones hold something. Rows of tables that are only added to go as well, as the owner may.
"""

from __future__ import annotations

import os
from typing import Final

import psycopg

# What migrations put into tables (the regions, say) is laid aside once, and put back whenever tables are emptied.
KEEP_SEEDS: Final = """
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

# References are checked at the end of the transaction, so the order of deleting does not matter. Seeds come back older
# tables first: they are what newer ones refer to. What counts its ids begins again, after the seeds that are back.
_EMPTY: Final = """
do $$
declare asked text; held text[]; seeded text[]; one text; counted text;
begin
  set constraints all deferred;
  select string_agg(format('select %L::text as name where exists (select from public.%I)', relname, relname),
                    ' union all ') into asked
    from pg_class
   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
     and relname not in ('django_migrations', 'django_content_type');
  execute 'select array_agg(name) from (' || asked || ') as found' into held;
  select coalesce(array_agg(c.relname::text order by c.oid), '{}') into seeded
    from pg_class c join pg_tables t on t.tablename = c.relname
   where t.schemaname = 'seeds' and c.relnamespace = 'public'::regnamespace;
  held := held || seeded;
  foreach one in array held loop
    execute format('alter table public.%I disable trigger user', one);
  end loop;
  foreach one in array held loop
    execute format('delete from public.%I', one);
    for counted in
      select attname from pg_attribute where attrelid = format('public.%I', one)::regclass and attidentity <> ''
    loop
      perform setval(pg_get_serial_sequence('public.' || one, counted), 1, false);
    end loop;
  end loop;
  set constraints all immediate;
  foreach one in array seeded loop
    execute format('insert into public.%I overriding system value table seeds.%I', one, one);
    for counted in
      select attname from pg_attribute where attrelid = format('public.%I', one)::regclass and attidentity <> ''
    loop
      execute format('select setval(pg_get_serial_sequence(%L, %L), max(%I)) from public.%I',
                     'public.' || one, counted, counted, one);
    end loop;
  end loop;
  foreach one in array held loop
    execute format('alter table public.%I enable trigger user', one);
  end loop;
end $$
"""


def empty_all_tables(*, database: str) -> None:
    """As the owner, on a connection of its own: Django lets a test use only the databases that it names."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database, autocommit=True) as owner:
        owner.execute(_EMPTY)
