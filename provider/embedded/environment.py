"""A value of the environment, given as NAME or, for secrets, as the file that NAME_FILE names."""

from __future__ import annotations

import os
from pathlib import Path

from .trouble import ServiceTrouble


def has(name: str) -> bool:
    """Whether somebody gave the value, either way."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def read(name: str) -> str:
    """The value, without surrounding space; empty where nobody gave it. Raises `ServiceTrouble`."""
    value, file = os.environ.get(name, "").strip(), os.environ.get(f"{name}_FILE", "").strip()
    if value and file:
        raise ServiceTrouble(f"{name} and {name}_FILE are both set; keep one of them.")
    if not file:
        return value
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as trouble:
        raise ServiceTrouble(f"{name}_FILE names {file}, which cannot be read: {trouble}.") from trouble
