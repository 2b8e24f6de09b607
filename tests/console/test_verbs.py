"""Every act that the code writes into the history has words for its reader."""

from __future__ import annotations

import re
from pathlib import Path

from provider.console.rules.verbs import VERBS

ROOT = Path(__file__).parents[2]
LITERAL = re.compile(r'(?:verb=|_note\()"([a-z_]+\.[a-z_]+)"')


def written_verbs() -> set[str]:
    packages = ("provider", "plans", "invoices", "crm_tenant", "prepaid_cards", "resellers")
    files = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    return {verb for path in files for verb in LITERAL.findall(path.read_text(encoding="utf-8"))}


def test_every_verb_has_words() -> None:
    assert written_verbs() - set(VERBS) == set()


def test_some_verbs_were_found() -> None:
    assert len(written_verbs()) > 20
