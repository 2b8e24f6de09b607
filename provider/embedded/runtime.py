"""What the services share: a private folder for sockets, a lock against two starts at once, the machine's memory."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .trouble import ServiceTrouble

LOCK_PATIENCE_SECONDS = 90.0
PREFIX = "perennial-"
HOME_FILE = "home"


def socket_folder(home: Path) -> Path:
    """A private folder for the sockets of the services under `home`; the same for the same `home` and user.

    Not under `home`, because a socket's path may have about 107 bytes, and not under TMPDIR, because two shells of one
    person may differ in it. Refuses a folder that somebody else could have put there.
    """
    place = home.resolve()
    mark = hashlib.blake2b(f"{place}|{os.geteuid()}".encode(), digest_size=6).hexdigest()
    folder = sockets_root() / f"{PREFIX}{mark}"
    folder.mkdir(mode=0o700, exist_ok=True)
    _require_private(folder)
    note = folder / HOME_FILE
    if not note.exists():
        note.write_text(str(place))
    return folder


def sockets_root() -> Path:
    """The folder that every program may write to, whatever TMPDIR says."""
    shared = Path("/tmp")  # noqa: S108 - what we put there is checked to be ours and private
    return shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())


def _require_private(folder: Path) -> None:
    found = folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid in {os.geteuid(), *_lent_uids()}
    if not is_ours or stat.S_IMODE(found.st_mode) & 0o077:
        raise ServiceTrouble(
            f"{folder} is not a private folder of yours, so the services' sockets cannot lie in it. "
            f"Remove it (sudo rm -r {folder}) and start again."
        )


def _lent_uids() -> set[int]:
    """As root the server may run as nobody; root alone can have given the folder away."""
    return {NOBODY} if os.geteuid() == 0 else set()


NOBODY = 65534


@contextmanager
def only_one(home: Path, *, what: str = "services") -> Iterator[None]:
    """Hold the lock of `home`: whoever starts or stops a service at the same time waits here."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / f"{what}.lock").open("a") as lock:
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while not _locked(lock.fileno(), fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise ServiceTrouble(
                    f"Another process has been starting or stopping the services under {home} for "
                    f"{LOCK_PATIENCE_SECONDS:.0f} seconds. Look what it waits for, end it, and start again."
                )
            time.sleep(0.05)
        yield


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Use:
    """That this process uses the services under `home`: a shared lock, which a dead process cannot keep."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._file = (home / "users.lock").open("a")
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def is_last(self) -> bool:
        """Give the use up; True if nobody else has one."""
        is_last = _locked(self._file.fileno(), fcntl.LOCK_EX)
        self._file.close()
        return is_last


def memory_mb() -> int:
    """Megabytes of memory that we may count on: the machine's, or less where a container limits it."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = Path("/sys/fs/cgroup/memory.max")
    words = limit.read_text().strip() if limit.exists() else "max"
    return min(machine, int(words) if words.isdecimal() else machine) // 1_048_576


def alive(pid: int) -> bool:
    """Whether a process with this id runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    try:
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone_within(pid: int, *, seconds: float) -> bool:
    """Wait for a process to end; False if it still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
