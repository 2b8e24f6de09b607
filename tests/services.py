"""Before Django reads its settings: starts the services of the tests, a cluster of their own under var/test, and
compiles the translations."""

import os
from pathlib import Path

from provider.embedded import ensure_services
from provider.workshop.translations.work import compile_all

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("PERENNIAL_MODE", "test")
ensure_services(var=ROOT / "var" / "test", is_durable=False)
compile_all(ROOT)
