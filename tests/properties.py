"""How many examples a property is tried with: few where everybody waits, many where somebody asks for them.

`make properties` sets PERENNIAL_EXAMPLES=10000. A property that names no number takes hypothesis' hundred. Those whose
examples are whole years of real tables take a hundredth of what is asked for: each lasts some seconds.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

ASKED = int(os.environ.get("PERENNIAL_EXAMPLES", "0"))


def examples(usual: int) -> settings:
    """So many examples unless more are asked for; the slow ones: years on paper, or some dozen rows of tables."""
    return _so_many(ASKED or usual)


def on_tables(usual: int) -> int:
    """So many examples unless more are asked for, of the slowest: each is a whole year of real tables."""
    return max(ASKED // 100, usual)


def examples_on_tables(usual: int) -> settings:
    """The same as settings."""
    return _so_many(on_tables(usual))


def _so_many(number: int) -> settings:
    health = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=number, deadline=None, suppress_health_check=health)
