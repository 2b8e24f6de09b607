"""PostgreSQL and Valkey under `var/`, for machines that bring neither.

`ensure_services()` starts them or finds them running, and puts their addresses into the environment before the settings
are read. Where `DATABASE_URL` or `REDIS_URL` is set, nothing is started for it, but it must answer.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import environment, given, postgres, roles, valkey
from .runtime import HOME_FILE, PREFIX, Use, only_one, sockets_root
from .trouble import ServiceTrouble, full_disk

__all__ = [
    "ServiceTrouble",
    "Started",
    "Use",
    "address_services",
    "ensure_services",
    "environment",
    "given",
    "home_folder",
    "is_embedded",
    "needs_services",
    "roles",
    "service_states",
    "stop_services",
]

ROOT = Path(__file__).resolve().parent.parent.parent

_WITHOUT_SERVICES = frozenset(
    {
        "help",
        "--help",
        "-h",
        "--version",
        "version",
        "makemessages",
        "compilemessages",
        "translations",
        "collectstatic",
        "services",
        "prepare_database",
        "demo",  # starts them itself, and says so
    }
)
# What we put into the environment ourselves is not the user's: a child process reuses it as it stands.
_OURS = "PERENNIAL_EMBEDDED"


@dataclass(frozen=True, slots=True)
class State:
    """One service, for a person."""

    name: str
    address: str
    pid: int | None
    is_given: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """Which services this call had to start; the others ran already or were given."""

    postgres: bool = False
    valkey: bool = False


def home_folder() -> Path:
    """Where services, files and logs lie: PERENNIAL_VAR, else `var` in the checkout."""
    return Path(os.environ.get("PERENNIAL_VAR") or ROOT / "var")


def needs_services(argv: list[str]) -> bool:
    """Whether this `manage.py` command line talks to a database."""
    return len(argv) > 1 and argv[1] not in _WITHOUT_SERVICES and not {"--help", "-h"} & set(argv)


def is_embedded(name: str) -> bool:
    """Whether the service behind DATABASE_URL or REDIS_URL is ours to start and stop; in production none is."""
    if os.environ.get("PERENNIAL_MODE") == "production":
        return False
    return not environment.has(name) or name in os.environ.get(_OURS, "").split(",")


def address_services(*, var: Path | None = None) -> None:
    """Put the addresses of the embedded services into the environment without starting anything."""
    home = var or home_folder()
    ours = [name for name in ("DATABASE_URL", "REDIS_URL") if is_embedded(name)]
    if "DATABASE_URL" in ours:
        server = postgres.server_of(home)
        os.environ["DATABASE_URL"] = server.url(role=roles.APPLICATION)
        os.environ["DATABASE_OWNER_URL"] = server.url(role=roles.OWNER)
    if "REDIS_URL" in ours:
        os.environ["REDIS_URL"] = valkey.valkey_of(home).url
    if ours:
        os.environ[_OURS] = ",".join(ours)


def ensure_services(*, var: Path | None = None, is_durable: bool = True) -> Started:
    """Start or reuse the services under `var` and put their addresses into the environment where none are given.

    `is_durable=False` is for tests: the server may forget its last moments after a crash.
    """
    home = var or home_folder()
    address_services(var=home)
    _require_given()
    wants_postgres, wants_valkey = is_embedded("DATABASE_URL"), is_embedded("REDIS_URL")
    if not (wants_postgres or wants_valkey):
        return Started()
    try:
        with only_one(home):
            _sweep()
            return _start(home, wants_postgres=wants_postgres, wants_valkey=wants_valkey, is_durable=is_durable)
    except PermissionError as trouble:
        raise ServiceTrouble(
            f"{trouble.filename or home} may not be written. Give it to yourself (sudo chown -R $(id -un) '{home}'), "
            "or set PERENNIAL_VAR to a folder of your own."
        ) from trouble
    except OSError as trouble:
        if trouble.errno in {28, 122, 27}:  # no space, quota, file too large
            raise full_disk(home) from trouble
        raise


def _start(home: Path, *, wants_postgres: bool, wants_valkey: bool, is_durable: bool) -> Started:
    started_postgres = wants_postgres and not postgres.answers(postgres.server_of(home))
    if started_postgres:
        postgres.ensure(home=home, is_durable=is_durable)
    started_valkey = wants_valkey and valkey.valkey_of(home).pid is None
    if started_valkey:
        valkey.ensure(home=home)
    return Started(postgres=started_postgres, valkey=started_valkey)


def stop_services(
    *, var: Path | None = None, which: Started | None = None, use: Use | None = None, is_immediate: bool = False
) -> list[str]:
    """Stop the embedded services, or only those that `which` names; returns the names of those that ran.

    With `use`, that use is given up, and nothing is stopped while somebody else has one.
    """
    home = var or home_folder()
    chosen = which or Started(postgres=True, valkey=True)
    stopped = []
    with only_one(home):
        if use and not use.is_last():
            return []
        if chosen.valkey and valkey.stop(valkey.valkey_of(home)):
            stopped.append("Valkey")
        if chosen.postgres and postgres.stop(postgres.server_of(home), is_immediate=is_immediate):
            stopped.append("PostgreSQL")
    return stopped


def service_states(*, var: Path | None = None) -> list[State]:
    """Both services: where they are and whether they run."""
    home = var or home_folder()
    return [_database_state(home), _queue_state(home)]


def _database_state(home: Path) -> State:
    if not is_embedded("DATABASE_URL"):
        return State("PostgreSQL", given.place_of(environment.read("DATABASE_URL")), None, is_given=True)
    server = postgres.server_of(home)
    return State("PostgreSQL", str(server.sockets), server.pid)


def _queue_state(home: Path) -> State:
    if not is_embedded("REDIS_URL"):
        return State("Redis", given.without_password(environment.read("REDIS_URL")), None, is_given=True)
    queue = valkey.valkey_of(home)
    return State("Valkey", str(queue.socket), queue.pid)


def _require_given() -> None:
    """Where nothing is given and nothing is ours, the settings will say so."""
    if not is_embedded("DATABASE_URL"):
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            if url := environment.read(name):
                given.require_database(name=name, url=url)
    if not is_embedded("REDIS_URL") and (url := environment.read("REDIS_URL")):
        given.require_redis(url=url)


def _sweep() -> None:
    """End what a deleted checkout left running: its folder of sockets names a home that is no more."""
    for folder in sockets_root().glob(f"{PREFIX}*"):
        note = folder / HOME_FILE
        if folder.is_symlink() or not os.access(folder, os.W_OK | os.X_OK) or not note.is_file():
            continue
        if folder.stat().st_uid != os.geteuid() or Path(note.read_text()).exists():
            continue
        valkey.stop(valkey.Valkey(folder=folder, socket=folder / "valkey.sock"))
        postgres.end_orphan(folder)
        shutil.rmtree(folder, ignore_errors=True)
