"""PostgreSQL and Valkey under `var/`, for machines that bring neither.

`ensure_services()` starts them or finds them running, and puts their addresses into the environment, before the
settings are read. Where `DATABASE_URL` or `REDIS_URL` is set, nothing is started for it.
"""

from __future__ import annotations

import os
from pathlib import Path

from . import postgres, valkey
from .trouble import ServiceTrouble

__all__ = ["ServiceTrouble", "ensure_services", "needs_services", "without_services"]

ROOT = Path(__file__).resolve().parent.parent.parent

_WITHOUT_SERVICES = frozenset(
    {"help", "--help", "-h", "--version", "version", "makemessages", "compilemessages", "translations"}
)


def needs_services(argv: list[str]) -> bool:
    """Whether this `manage.py` command line talks to a database."""
    return len(argv) > 1 and argv[1] not in _WITHOUT_SERVICES and "--help" not in argv


def without_services() -> None:
    """For commands that touch neither: addresses that the settings can read and nobody answers at."""
    os.environ.setdefault("DATABASE_URL", "postgresql://none@none/none")
    os.environ.setdefault("REDIS_URL", "redis://none")


def ensure_services(*, var: Path | None = None, is_durable: bool = True) -> None:
    """Start or reuse the services under `var` and set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL where unset.

    `is_durable=False` is for tests: the server may forget its last moments after a crash.
    """
    home = var or Path(os.environ.get("PERENNIAL_VAR", ROOT / "var"))
    if "DATABASE_URL" not in os.environ:
        server = postgres.ensure(home=home, is_durable=is_durable)
        os.environ["DATABASE_URL"] = server.url(role="perennial_app")
        os.environ["DATABASE_OWNER_URL"] = server.url(role="perennial_owner")
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = valkey.ensure(home=home)
