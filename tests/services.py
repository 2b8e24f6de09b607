"""Before Django reads its settings: starts the services of the tests, and compiles the translations.

The services are a cluster of their own, under var/test; several runs at once share it, and the last to end stops it.
Where pytest-xdist spreads one run over workers, each has a database (see tests/conftest.py) and a Valkey number of its
own.
"""

import os
from pathlib import Path

import pytest

from provider.embedded import Use, ensure_services, stop_services
from provider.workshop.translations.work import compile_all

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "test"

os.environ.setdefault("PERENNIAL_MODE", "test")
os.environ["PERENNIAL_VAR"] = str(HOME)
_use = Use(HOME)
ensure_services(is_durable=False)
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_URL"] += f"?db={int(worker.removeprefix('gw')) + 1}"
compile_all(ROOT)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    stop_services(use=_use)
