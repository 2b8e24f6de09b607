"""Shared by all tests: the database is built by its owner and used as the application's role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import database, emptying, properties

# A busy machine is no failure; what must be quick is measured where nothing else runs.
hypothesis_settings.register_profile("perennial", deadline=None, max_examples=properties.ASKED or 100)
hypothesis_settings.load_profile("perennial")

pytest_plugins = [
    "tests.browser",  # here, after pytest-playwright, whose fixtures it narrows
    "tests.stripe_double.fixtures",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests come first, those with most of them before the others: nobody is left alone at the end."""
    long_files = {item.path for item in items if any(item.get_closest_marker(mark) for mark in ("slow", "browser"))}
    how_many = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in long_files, -how_many[item.path] if item.path in long_files else 0))


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest, request: pytest.FixtureRequest) -> Iterator[None]:
    """Make the test database as owner, and point the application's connection at it."""
    suffix = getattr(request.config, "workerinput", {}).get("workerid", "")
    owner, application = connections["owner"], connections["default"]
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        base = settings.DATABASES["owner"]["NAME"]
        name = f"test_{base}_{suffix}" if suffix else f"test_{base}"
        database.make(owner=owner, name=name, seeds=emptying.KEEP_SEEDS)
        application.close()
        application.settings_dict["NAME"] = name
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        application.close()
        owner.creation.destroy_test_db(base, verbosity=0)


def _empty_all_tables(self: TransactionTestCase) -> None:
    """After a test that really commits."""
    emptying.empty_all_tables(database=connections["default"].settings_dict["NAME"])


TransactionTestCase._fixture_teardown = _empty_all_tables  # type: ignore[method-assign]


_look_for_static_files = WhiteNoiseMiddleware.add_files_from_finders
_static_files: dict[str, Any] = {}


def _know_static_files(self: WhiteNoiseMiddleware) -> None:
    """Looked for once: each client of a test has middleware of its own, and would look through every folder again."""
    if not _static_files:
        _look_for_static_files(self)
        _static_files.update(self.files)
    self.files.update(_static_files)


WhiteNoiseMiddleware.add_files_from_finders = _know_static_files
