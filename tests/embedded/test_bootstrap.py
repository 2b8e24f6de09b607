"""Setting up says what it is at, and how far the packages have come."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from provider.embedded import bootstrap


def test_what_pip_fetches_is_told_by_fifths(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"Collecting package{number}==1.0 (from -r requirements.lock)\n" for number in range(10)]
    told = bootstrap._tell([*lines, "Installing collected packages: package0\n"], total=10)

    assert capsys.readouterr().err.splitlines() == [
        *(f"Fetching packages: {done} of 10 ..." for done in (2, 4, 6, 8)),
        "Installing them, which takes longest ...",
    ]
    assert told[-1].startswith("Installing collected packages")


def test_of_what_pip_complains_the_errors_are_kept_for_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    told = bootstrap._tell(["WARNING: a cache is not mine\n", "ERROR: no such package\n", "bye\n"], total=10)

    assert told == ["ERROR: no such package\n"]
    assert capsys.readouterr().err == ""


def test_the_locked_packages_are_counted() -> None:
    named = re.findall(r"^[\w.-]+==", Path(bootstrap.LOCK).read_text(), re.MULTILINE)
    assert bootstrap._package_count() == len(named)
