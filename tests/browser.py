"""Browser tests: mark them `@pytest.mark.browser`, use pytest-playwright's `page` and pytest-django's `live_server`.

    @pytest.mark.browser
    def test_something(page, live_server):
        page.goto(live_server.url)

The server under test talks to the database in the application's role, as in production. Without a Chromium these tests
are skipped with the reason; on a build machine (CI=true) they fail instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from provider.embedded.chromium import ARGUMENTS, HOW_TO_GET_ONE, find_chromium
from provider.embedded.system import is_ci

# Playwright's sync API runs an event loop in this thread, which Django would take for an async caller.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

_chromium = cache(find_chromium)


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The program of the Chromium that the browser tests drive."""
    if found := _chromium():
        return found
    if is_ci():
        pytest.fail(HOW_TO_GET_ONE)
    pytest.skip(HOW_TO_GET_ONE)


@pytest.fixture(scope="session")
def _connections_of_the_loop(playwright: Any, django_db_blocker: Any) -> Iterator[None]:
    """While Playwright's loop runs, this thread has database connections of its own: they end before the loop does,
    or the test database could not be dropped."""
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], chromium_path: Path, _connections_of_the_loop: None
) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": str(chromium_path), "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"reduced_motion": "reduce", "locale": "en-GB", "timezone_id": "UTC"}
