"""What stands in a service's way, in one sentence that says what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

FULL = ("No space left on device", "Disk quota exceeded", "File too large")


class ServiceTrouble(Exception):
    """A service cannot be had; the text says what to do."""


def full_disk(folder: Path) -> ServiceTrouble:
    """The trouble of a disk without room for `folder`."""
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    return ServiceTrouble(
        f"The disk that holds {folder} is full ({free_mb} MB free). Free some space, or set PERENNIAL_VAR to a folder "
        "on another disk, and start again. Nothing that was saved is lost."
    )


def require_space(folder: Path, *, mb: int) -> None:
    """Stop before a half-written file does: at least `mb` megabytes must be free."""
    if shutil.disk_usage(folder).free < mb * 1_000_000:
        raise full_disk(folder)


def speaks_of_full_disk(text: str) -> bool:
    """Whether a program's complaint is about room on the disk."""
    return any(words in text for words in FULL)
