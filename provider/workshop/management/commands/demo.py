"""`manage.py demo`: the whole product on this machine, with one command and until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from provider.embedded import (
    ServiceTrouble,
    Started,
    ensure_services,
    home_folder,
    is_embedded,
    postgres,
    service_states,
    stop_services,
)
from provider.embedded.ports import holder_of, is_free, next_free
from provider.kernel.guard import difference, newer_than_code
from provider.workshop.demo import cards_file, shelf_file, still_there
from provider.workshop.parts import double_environment, fonts, forget_beat_lock, parts
from provider.workshop.progress import Progress, Steps
from provider.workshop.supervisor import PartFailed, Supervisor
from provider.workshop.translations.work import compile_all, is_stale

WATCH_SECONDS = 0.5
SEED = "provider.workshop.demo"


class _Stop(Exception):
    """Somebody asked us to end."""


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, web, worker and beat with a demo provider in them. Ctrl-C stops what it started."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the web listens (default 8000)")
        parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
        parser.add_argument("--empty", action="store_true", help="without the year of history: ready sooner")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demo is not for production: docs/operations.md says how to run the parts there.")
        self.port: int = options["port"]
        self.is_empty: bool = options["empty"]
        self.started = Started()
        self.supervisor = Supervisor(environment=_environment(self.port), out=sys.stdout)
        with self._only_demo():
            _require_port(self.port)
            self._run(opens_browser=not options["no_browser"])

    # --- From start to end ---

    def _run(self, *, opens_browser: bool) -> None:
        began = time.monotonic()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _ask_to_stop)
        try:
            self._prepare()
            self._start_parts()
            self._greet(seconds=time.monotonic() - began)
            if opens_browser and _has_screen():
                webbrowser.open(self._address)
            self._watch()
        except _Stop:
            self._say("Stopping; Ctrl-C again ends it at once.")
        except (PartFailed, ServiceTrouble) as trouble:
            self._end()
            raise CommandError(str(trouble)) from trouble
        except BaseException:
            self._end()
            raise
        self._end()

    def _prepare(self) -> None:
        if is_stale(settings.BASE_DIR):
            self._say("Compiling the texts in three languages ...")
            compile_all(settings.BASE_DIR)
        is_first = is_embedded("DATABASE_URL") and not postgres.server_of(home_folder()).data.exists()
        self._say(f"Starting PostgreSQL and Valkey{', with a new database' if is_first else ''} ...")
        self.started = ensure_services()
        database = "owner" if "owner" in settings.DATABASES else "default"
        found = difference(database=database)
        if found.unknown:
            raise ServiceTrouble(newer_than_code(found.unknown))
        if found.pending:
            self._say(f"Bringing the database up to date ({len(found.pending)} steps) ...")
            call_command("migrate", stdout=Steps(self._say, total=len(found.pending)), no_color=True)
        if find_spec(SEED) and not self.is_empty:
            import_module(SEED).seed(tell=Progress(self._say))
        connections.close_all()

    def _start_parts(self) -> None:
        self._say("Starting web, worker and beat ...")
        forget_beat_lock()
        for part in parts(port=self.port, environment=self.supervisor.environment):
            self.supervisor.start(part)
        self.supervisor.await_ready(keep_up=self._keep_services_up)
        self.supervisor.start_aside(fonts())

    def _watch(self) -> NoReturn:
        while True:
            time.sleep(WATCH_SECONDS)
            self.supervisor.require_all_alive()
            self._keep_services_up()

    def _keep_services_up(self) -> None:
        """PostgreSQL and Valkey recover by themselves from a crash: what mattered is on the disk."""
        lost = [state.name for state in service_states() if not state.is_given and state.pid is None]
        if not lost:
            return
        self._say(f"{' and '.join(lost)} ended unexpectedly; starting again ...")
        restarted = ensure_services()
        self.started = Started(
            postgres=self.started.postgres or restarted.postgres, valkey=self.started.valkey or restarted.valkey
        )
        if restarted.valkey:  # the scheduler's lock went with it
            self.supervisor.restart("beat")
        self._say(f"{' and '.join(lost)} runs again.")

    def _end(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end_at_once)
        stopped = [running.part.name for running in self.supervisor.running]
        self.supervisor.stop()
        if self.started.postgres or self.started.valkey:
            stopped += stop_services(which=self.started)
        if stopped:
            self._say(f"Stopped {', '.join(stopped)}.")

    def _end_at_once(self, number: int, frame: FrameType | None) -> None:
        self.supervisor.kill()
        if self.started.postgres or self.started.valkey:
            stop_services(which=self.started, is_immediate=True)
        sys.stdout.flush()
        os._exit(130)

    # --- Words ---

    @property
    def _address(self) -> str:
        return f"http://localhost:{self.port}/"

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _greet(self, *, seconds: float) -> None:
        lines = [f"Ready in {seconds:.1f} s.", "", f"  Perennial   {self._address}"]
        lines += [f"  {state.name:<11} {state.address}" for state in service_states()]
        lines += [
            f"  {'Logs':<11} {home_folder()}",
            *_cards_to_try(),
            "",
            "Ctrl-C stops everything that was started here.",
        ]
        self._say("\n".join(lines))

    @contextmanager
    def _only_demo(self) -> Iterator[None]:
        """One demo for each folder of data; a second one would share queue and scheduler with the first."""
        home = home_folder()
        home.mkdir(parents=True, exist_ok=True)
        with (home / "demo.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as trouble:
                lock.seek(0)
                raise CommandError(
                    f"The demo already runs: {lock.read().strip()}. Stop it with Ctrl-C there, or give this one "
                    "another folder with PERENNIAL_VAR and another --port."
                ) from trouble
            lock.truncate(0)
            lock.write(f"process {os.getpid()}, {self._address}")
            lock.flush()
            yield


def _cards_to_try() -> list[str]:
    """Cards that wait for their holder, and cards to be sold, as long as nobody has."""
    to_redeem = "Cards to redeem, as sold over the counter (serial, then what stands under the silver layer):"
    return [
        *_listed(to_redeem, still_there(cards_file(), status="active")),
        *_listed(
            "Cards to sell at the till, as the clerk of 青禾软件 (serial):",
            still_there(shelf_file(), status="received"),
        ),
    ]


def _listed(heading: str, lines: list[str]) -> list[str]:
    return ["", f"  {heading}", *(f"    {line}" for line in lines)] if lines else []


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    raise _Stop


def _require_port(port: int) -> None:
    if not 1 <= port <= 65_535:
        raise CommandError(f"{port} is not a port; choose one from 1024 to 65535, such as --port 8001.")
    if is_free(port):
        return
    holder = holder_of(port)
    by = f" by {holder}" if holder else ""
    raise CommandError(
        f"Port {port} is in use{by}. End that, or choose another port: "
        f"manage.py demo --port {next_free(port)} (make demo PORT={next_free(port)})"
    )


def _environment(port: int) -> dict[str, str]:
    environment = dict(os.environ)
    environment.setdefault("PERENNIAL_SITE_URL", f"http://localhost:{port}")
    environment["PYTHONUNBUFFERED"] = "1"
    environment |= double_environment(environment)
    # as root everything here runs as root, which people know
    environment.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser privileges")
    return environment


def _has_screen() -> bool:
    if os.environ.get("CI") or os.environ.get("SSH_CONNECTION"):
        return False
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
