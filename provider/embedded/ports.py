"""Whether a port is free, and who holds it if not."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from pathlib import Path

_LISTENS = "0A"


def is_free(port: int) -> bool:
    """Whether a server may listen on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as trouble:
            if trouble.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def next_free(port: int) -> int:
    """The first free port after `port`."""
    return next(candidate for candidate in range(port + 1, 65_536) if is_free(candidate))


def holder_of(port: int) -> str:
    """Who listens on the port, such as “python (process 123)”; empty where the system does not tell."""
    marks = {f"socket:[{inode}]" for inode in _inodes_listening(port)}
    if not marks:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # other people's processes, and those that end meanwhile
            if any(str(handle.readlink()) in marks for handle in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return ""


def _inodes_listening(port: int) -> set[str]:
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for row in table.read_text().splitlines()[1:]:
            words = row.split()
            if words[3] == _LISTENS and int(words[1].rpartition(":")[2], 16) == port:
                found.add(words[9])
    return found
