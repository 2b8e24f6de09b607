"""As whom PostgreSQL runs: it refuses to be root, and containers often are."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .runtime import NOBODY
from .trouble import ServiceTrouble


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
    """Ourselves, where we are somebody with a name.

    Root, and a user id that no name belongs to (as containers have them), stand in a user namespace for somebody who
    has one, since PostgreSQL refuses both; where that is not allowed, root lets the user nobody run it.
    """
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return Identity()
    if namespace := _namespace():
        return Identity(prefix=namespace)
    if os.geteuid() != 0:
        raise ServiceTrouble(
            f"Your user id {os.geteuid()} has no name on this machine, which PostgreSQL wants. Give it one (a line in "
            "/etc/passwd), run as another user, or set DATABASE_URL to a server."
        )
    nobody = Identity(uid=NOBODY)
    if _reaches(nobody, program=program, home=home):
        return nobody
    raise ServiceTrouble(
        "PostgreSQL refuses to run as root, this machine allows no user namespaces, and the user nobody may not enter "
        f"{program.parent} or {home}. Run as a user who is not root, or set DATABASE_URL to a server."
    )


def _namespace() -> list[str]:
    """What to put before a command so that it takes us for a named user; empty where the machine does not let us."""
    named = sorted(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != 0)
    if not named or shutil.which("unshare") is None:
        return []
    stand_in = named[-1]  # nobody, on most machines
    words = ["unshare", "-U", f"--map-user={stand_in}", f"--map-group={stand_in}"]
    return words if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0 else []


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _reaches(identity: Identity, *, program: Path, home: Path) -> bool:
    try:
        return (
            identity.run([str(program), "--version"]).returncode == 0
            and identity.run(["test", "-x", str(home)]).returncode == 0
        )
    except PermissionError:
        return False
