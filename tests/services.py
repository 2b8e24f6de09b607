"""Starts the services of the tests before Django reads its settings: a cluster of their own, under var/test."""

import os
from pathlib import Path

from provider.embedded import ensure_services

os.environ.setdefault("PERENNIAL_MODE", "test")
ensure_services(var=Path(__file__).resolve().parent.parent / "var" / "test", is_durable=False)
