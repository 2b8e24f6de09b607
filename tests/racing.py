"""Several threads on connections of their own, for tests of what happens at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connections


def race(*works: Callable[[], object], patience_seconds: float = 30) -> None:
    """Run all at once; what one of them raises fails the test."""
    troubles: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as trouble:
            troubles.append(trouble)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=patience_seconds)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    assert troubles == []
