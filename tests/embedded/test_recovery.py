"""The whole demo under a small load, its parts killed one after the other: it recovers or says what to do.

And whatever was committed to the outbox is delivered in the end.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from provider.embedded import ensure_services, postgres, roles, stop_services, valkey
from provider.embedded.ports import next_free
from provider.kernel.ids import new_id

from .conftest import clean_environment, folders_for_services

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 240  # a first start migrates from nothing, beside the other tests


class Demo:
    """`manage.py demo` in a folder of its own."""

    def __init__(self, home: Path, *, port: int) -> None:
        self.home, self.port = home, port
        self.lines: list[str] = []
        command = [sys.executable, "manage.py", "demo", "--no-browser", "--empty", "--port", str(port)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environment(PERENNIAL_VAR=str(home), PYTHONUNBUFFERED="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def await_words(self, words: str) -> str:
        wait_for(lambda: words in self.said or self.process.poll() is not None, what=words)
        assert words in self.said, self.said
        return self.said

    def await_end(self) -> int:
        code = self.process.wait(timeout=PATIENCE_SECONDS)
        self._reader.join(timeout=5)
        return code

    def part(self, *words: str) -> int:
        """The process that the supervisor started for a part."""
        found = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return next(int(line.split()[0]) for line in found.splitlines() if all(word in line for word in words))

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=3) as answer:
                return answer.status == 200
        except OSError:
            return False


def wait_for(condition: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited too long for: {what}"
        time.sleep(0.05)


class Load(threading.Thread):
    """Asks for pages and commits facts to the outbox, until told to end; counts what was committed."""

    def __init__(self, demo_home: Path, *, port: int) -> None:
        super().__init__(daemon=True)
        self.url = postgres.server_of(demo_home).url(role=roles.APPLICATION)
        self.port = port
        self.committed: list[str] = []
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(0.05):
            try:
                with psycopg.connect(self.url, connect_timeout=2) as connection:
                    self._write(connection)
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=2).close()
            except (psycopg.Error, OSError):
                continue  # just killed: asked again

    def _write(self, connection: psycopg.Connection) -> None:
        row = str(new_id())
        connection.execute(
            "insert into kernel_outboxevent (id, name, payload, at, status, attempts, last_error) "
            "values (%s, 'test.load', '{}', now(), 'waiting', 0, '')",
            [row],
        )
        connection.commit()
        self.committed.append(row)

    def undelivered(self) -> int:
        with psycopg.connect(self.url) as connection:
            found = connection.execute(
                "select count(*) from kernel_outboxevent where id = any(%s::uuid[]) and status = 'delivered'",
                [self.committed],
            ).fetchone()
        assert found
        return len(self.committed) - found[0]


@pytest.fixture(scope="module")
def kept_home() -> Iterator[Path]:
    """A folder for services whose tables are made by the first demo in it: that takes far longer than to start one."""
    with folders_for_services() as (home, _):
        yield home


@pytest.fixture
def port() -> int:
    return next_free(18_000 + os.getpid() % 1000)


@pytest.fixture
def start(kept_home: Path, port: int) -> Iterator[Callable[[], Demo]]:
    demos: list[Demo] = []

    def start_demo() -> Demo:
        demos.append(Demo(kept_home, port=port))
        return demos[-1]

    yield start_demo
    for demo in demos:
        if demo.process.poll() is None:
            demo.process.send_signal(signal.SIGTERM)
            demo.await_end()


def test_it_recovers_or_says_what_to_do_and_no_committed_fact_is_lost(start, kept_home: Path, port: int):
    home = kept_home
    demo = start()
    demo.await_words("Ready in")
    load = Load(home, port=port)
    load.start()
    wait_for(lambda: len(load.committed) > 5, what="a little load")

    _kill_and_see_it_return(demo, pid=lambda: postgres.server_of(home).pid, name="PostgreSQL")
    _kill_and_see_it_return(demo, pid=lambda: valkey.valkey_of(home).pid, name="Valkey")
    wait_for(demo.answers, what="the web to be ready again")

    for part, words in (("worker", ("celery", " worker ")), ("web", ("granian",))):
        os.kill(demo.part(*words), signal.SIGKILL)
        assert demo.await_end() != 0
        assert f"{part} was ended by SIGKILL" in demo.said
        assert "make demo" in demo.said
        demo = start()
        demo.await_words("Ready in")

    before = len(load.committed)
    wait_for(lambda: len(load.committed) > before + 5, what="load after the last start")
    load.is_over.set()
    load.join()
    _let_leases_run_out(home)
    wait_for(lambda: load.undelivered() == 0, what="every committed fact to be delivered")

    began = time.monotonic()
    demo.process.send_signal(signal.SIGINT)
    assert demo.await_end() == 0
    assert time.monotonic() - began < 10
    assert "web, worker, beat, Valkey, PostgreSQL." in demo.said
    assert postgres.server_of(home).pid is valkey.valkey_of(home).pid is None


def _kill_and_see_it_return(demo: Demo, *, pid: Callable[[], int | None], name: str) -> None:
    before = pid()
    assert before
    os.kill(before, signal.SIGKILL)
    demo.await_words(f"{name} ended unexpectedly")
    demo.await_words(f"{name} runs again")
    assert pid() not in {None, before}
    assert demo.process.poll() is None


def _let_leases_run_out(home: Path) -> None:
    """What a killed worker had begun is free for others after five minutes: let them have passed."""
    with psycopg.connect(postgres.server_of(home).url(role=roles.OWNER)) as owner:
        owner.execute("update kernel_outboxevent set next_try_at = now() where status = 'waiting'")


def test_a_database_newer_than_the_code_is_refused_and_what_ran_before_runs_on(home: Path, port: int):
    ensure_services(var=home, is_durable=False)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("create table django_migrations (id serial, app text, name text, applied timestamptz)")
        owner.execute("insert into django_migrations values (1, 'kernel', '9999_from_tomorrow', now())")

    demo = Demo(home, port=port)

    assert demo.await_end() == 1
    assert "newer than this code: it knows kernel.9999_from_tomorrow" in demo.said
    assert "Traceback" not in demo.said
    assert "Stopped" not in demo.said
    assert set(stop_services(var=home)) == {"PostgreSQL", "Valkey"}


def test_a_port_in_use_and_a_second_demo_are_told_apart(start, kept_home: Path, port: int):
    first, lock = start(), kept_home / "demo.lock"
    wait_for(lambda: lock.exists() and str(first.process.pid) in lock.read_text(), what="the first demo")

    second = start()
    assert second.await_end() == 1
    assert f"already runs: process {first.process.pid}, http://localhost:{port}/" in second.said

    first.await_words("Ready in")
    other = Demo(kept_home.with_name("second"), port=port)
    assert other.await_end() == 1
    assert re.search(rf"Port {port} is in use by \S+ \(process \d+\)\..*--port \d+", other.said)
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    wait_for(lambda: not first.answers(), what="the parts of a killed supervisor to end")
