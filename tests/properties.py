"""How many examples a property is tried with: few where everybody waits, many where somebody asks for them.

`make properties` sets PERENNIAL_EXAMPLES=10000. A property that names no number takes hypothesis' hundred.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

ASKED = int(os.environ.get("PERENNIAL_EXAMPLES", "0"))


def examples(usual: int) -> settings:
    """So many examples unless more are asked for; the slow ones, whose examples are whole years."""
    health = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=ASKED or usual, deadline=None, suppress_health_check=health)
