"""As whom PostgreSQL runs: it refuses to be root, and containers often are."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .runtime import NOBODY
from .trouble import ServiceTrouble

_UNSHARE = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]


@dataclass(frozen=True, slots=True)
class Identity:
    """How to run a server program: with words before the command, or as another user."""

    prefix: list[str] = field(default_factory=list)
    uid: int | None = None

    def run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, its words kept."""
        as_user: dict[str, Any] = {} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}
        return subprocess.run(
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **as_user,
            **options,
        )

    def give(self, path: Path) -> None:
        """Let the server own a file or folder, where it runs as another user."""
        if self.uid is not None:
            os.chown(path, self.uid, self.uid)


def server_identity(*, program: Path, home: Path) -> Identity:
    """Ourselves; as root a user namespace where the server takes us for uid 1000, else the user nobody."""
    if os.geteuid() != 0:
        return Identity()
    if _may_unshare():
        return Identity(prefix=_UNSHARE)
    nobody = Identity(uid=NOBODY)
    if _reaches(nobody, program=program, home=home):
        return nobody
    raise ServiceTrouble(
        "PostgreSQL refuses to run as root, this machine allows no user namespaces, and the user nobody may not enter "
        f"{program.parent} or {home}. Run as a user who is not root, or set DATABASE_URL to a server."
    )


def _may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False).returncode == 0


def _reaches(identity: Identity, *, program: Path, home: Path) -> bool:
    try:
        return (
            identity.run([str(program), "--version"]).returncode == 0
            and identity.run(["test", "-x", str(home)]).returncode == 0
        )
    except PermissionError:
        return False
