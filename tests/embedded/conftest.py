"""A machine of one's own: a folder for services that nobody else uses, and an environment that names no servers."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provider.embedded import stop_services
from provider.embedded.runtime import socket_folder

NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PERENNIAL_EMBEDDED", "PERENNIAL_VAR")


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where nobody has set anything; put back after the test."""
    for name in NAMES:
        monkeypatch.setenv(name, "")  # remembers what was there, also for what the code sets
        monkeypatch.delenv(name)


@contextmanager
def folders_for_services() -> Iterator[list[Path]]:
    """Two of them, with a space and a quote in their names; emptied and stopped afterwards.

    Not under pytest's own folder, which only its owner may enter: one test runs the server as somebody else.
    """
    root = Path(tempfile.mkdtemp(prefix="perennial test's "))
    root.chmod(0o755)
    found = [root / "first", root / "second"]
    yield found
    for home in found:
        if home.exists():
            stop_services(var=home, is_immediate=True)
            shutil.rmtree(socket_folder(home), ignore_errors=True)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def homes(bare_environment: None) -> Iterator[list[Path]]:
    with folders_for_services() as found:
        yield found


@pytest.fixture
def home(homes: list[Path]) -> Path:
    return homes[0]


def clean_environment(**values: str) -> dict[str, str]:
    """The environment for a child process that shall find nothing set but `values`."""
    hidden = {*NAMES, "PERENNIAL_MODE", "PERENNIAL_SITE_URL"}
    return {name: value for name, value in os.environ.items() if name not in hidden} | values
