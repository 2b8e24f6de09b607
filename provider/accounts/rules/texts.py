"""Which version of the terms and of the privacy notice is in force; a consent names it."""

from __future__ import annotations

from datetime import date
from typing import Final

TERMS_VERSION: Final = "2026-11-22"
PRIVACY_VERSION: Final = "2026-11-22"


def in_force_since(version: str) -> date:
    """Versions are named by the day on which they came into force."""
    return date.fromisoformat(version)
