"""Where a measurement takes place: a fresh database, workers that are processes, and the bare limit."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from . import fresh

PATIENCE_SECONDS: Final = 3600  # a worker that died must not leave its parent waiting


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """Within it, everything is read from and written to a database that was made for this and is dropped after."""
    owner, application = connections["owner"], connections["default"]
    base, bench = str(application.settings_dict["NAME"]), f"bench_{name}"
    application.close()
    fresh.make(owner=owner, name=bench, kind="bench_template")
    application.settings_dict["NAME"] = bench
    try:
        yield
    finally:
        application.close()
        application.settings_dict["NAME"] = base
        owner.creation.destroy_test_db(base, verbosity=0)


def at_once(work: Callable[[int], Any], *, workers: int) -> list[Any]:
    """What `work` answers in each of so many processes that begin together."""
    if workers == 1:
        return [work(0)]
    for connection in connections.all():
        connection.close()
    _jobs.append(work)  # a forked worker finds it here; it could not be sent through a pipe
    try:
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            return pool.map_async(_do, range(workers), chunksize=1).get(timeout=PATIENCE_SECONDS)
    finally:
        _jobs.pop()


_jobs: list[Callable[[int], Any]] = []


def _do(worker: int) -> Any:
    return _jobs[-1](worker)


def peak_rss_mb() -> int:
    """The most memory that this process had at any time."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


# --- The bare limit ---


def counts(*, with_partitions: bool = False) -> dict[str, int]:
    """How many rows each table has; a table in partitions is counted by them, where they are asked for."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("analyze")
        cursor.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind = 'r' and (%s or not c.relispartition) order by 1",
            [with_partitions],
        )
        names = [row[0] for row in cursor.fetchall()]
        found = {}
        for name in names:
            cursor.execute(f'select count(*) from "{name}"')  # noqa: S608 -- a name from the catalogue
            found[name] = int(cursor.fetchone()[0])
    return found


def bare_seconds(
    *, before: Mapping[str, int], key_of: Mapping[str, str], workers: int, with_partitions: bool = False
) -> float:
    """How long binary COPY takes for exactly the rows that were added since `before`, ready in memory.

    They go into tables with the same keys, indexes, unique and exclusion constraints, without triggers and foreign
    keys, by the same number of processes. `key_of` names the condition that tells new rows where a table had others.
    """
    after = counts(with_partitions=with_partitions)
    grown = [name for name, count in after.items() if count > before.get(name, 0)]
    with connections["owner"].cursor() as owner:
        for name in grown:
            owner.execute(f'create table "limit_{name}" (like "{name}" including all)')
    shares = [
        {name: _rows(name, condition=key_of.get(name, ""), share=share, of=workers) for name in grown}
        for share in range(workers)
    ]

    def copy(worker: int) -> float:
        began = time.perf_counter()
        with transaction.atomic(using="owner"), connections["owner"].cursor() as owner:
            for name, content in shares[worker].items():
                written = columns_of(owner, table=f"limit_{name}")
                with owner.copy(f'copy "limit_{name}" ({written}) from stdin (format binary)') as stream:
                    stream.write(content)
        return time.perf_counter() - began

    try:
        seconds: list[float] = at_once(copy, workers=workers)
        return max(seconds)
    finally:
        with connections["owner"].cursor() as owner:
            for name in grown:
                owner.execute(f'drop table "limit_{name}"')


def _rows(name: str, *, condition: str, share: int, of: int) -> bytes:
    where = f"abs(hashtext(t::text)) % {of} = {share}" + (f" and {condition}" if condition else "")
    with connections["owner"].cursor() as owner:
        written = columns_of(owner, table=name)
        statement = f'copy (select {written} from "{name}" t where {where}) to stdout (format binary)'  # noqa: S608
        with owner.copy(statement) as stream:
            return b"".join(bytes(part) for part in stream)


def columns_of(cursor: CursorWrapper, *, table: str) -> str:
    """The columns of a table that are written, those left out that the database works out by itself."""
    cursor.execute(
        "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
        [f'"{table}"'],
    )
    return str(cursor.fetchone()[0])


def percentile(numbers: Sequence[float], share: float) -> float:
    """The number below which this share of them lies."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
