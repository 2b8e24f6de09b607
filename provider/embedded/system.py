"""The machine's own packages: which are installed, how to ask for one, and whether we may install it ourselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def is_ci() -> bool:
    """Whether this runs on a build machine, where nothing may be left out."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def may_use_apt() -> bool:
    """Whether we are root on a machine with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> bool:
    """Install packages through the apt that this machine has; False if it could not."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120"]
    if _succeeds([*quiet, "install", "--yes", "--no-install-recommends", *packages], environment):
        return True
    _succeeds([*quiet, "update"], environment)  # the lists may be old or were never fetched
    return _succeeds([*quiet, "install", "--yes", "--no-install-recommends", *packages], environment)


def install_line(*, apt: str, brew: str, dnf: str) -> str:
    """The line that installs a package on the system at hand, to be shown to a person."""
    if sys.platform == "darwin":
        return f"brew install {brew}"
    if shutil.which("dnf"):
        return f"sudo dnf install {dnf}"
    return f"sudo apt-get install {apt}"


def _succeeds(command: list[str], environment: dict[str, str]) -> bool:
    answer = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return answer.returncode == 0
