"""The tests' database: migrated once for each state of the tables' code, then copied for each run."""

from __future__ import annotations

from typing import Any

from provider.workshop.bench import fresh


def make(*, owner: Any, name: str, seeds: str) -> None:
    """A database `name` with all tables as migrations leave them, what they put in laid aside by `seeds`."""
    fresh.make(owner=owner, name=name, kind="template", extra=seeds)
