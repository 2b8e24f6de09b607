"""A live server with people and data in it, once for all pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import TransactionTestCase
from pytest_django.live_server_helper import LiveServer

from tests.isolation.world import build, trouble

from .stage import Stage


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="every page in every language, theme and width, kept")
    parser.addoption("--only", default="", metavar="NAMES", help="with --pictures: pages whose names match this")


@pytest.fixture(scope="package")
def stage(django_db_setup: None, django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The demo's data for pictures, else the small world of the access tests; committed, and emptied afterwards."""
    with django_db_blocker.unblock():
        takes_pictures = request.config.getoption("--pictures")
        if takes_pictures:
            from provider.workshop import demo

            demo.seed()
            trouble()
        else:
            build()
        server = LiveServer("localhost")
        yield Stage(url=server.url, house_count=150 if takes_pictures else 1)
        server.stop()
        TransactionTestCase()._fixture_teardown()  # type: ignore[attr-defined]
