"""One world for all doors; whatever a call does is undone before the next one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from provider.kernel import post

from .world import World, build

A_DAY = 24 * 60 * 60  # seconds


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--propose", action="store_true", help="print the rows that the access table lacks")


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Everybody, in a transaction that is rolled back at the end."""
    with django_db_blocker.unblock():
        transaction.Atomic._ensure_durability = False  # type: ignore[attr-defined]
        logging.disable(logging.WARNING)  # each refusal is logged; here they are what is asked for
        carrier = post.register(_nobody)  # whether a letter goes out is not asked here
        with transaction.atomic():
            with override_settings(ACCOUNT_REAUTHENTICATION_TIMEOUT=A_DAY):  # all doors take long on a busy machine
                yield build()
            transaction.set_rollback(True)
        if carrier is not None:
            post.register(carrier)
        logging.disable(logging.NOTSET)
        transaction.Atomic._ensure_durability = True  # type: ignore[attr-defined]


def _nobody(**letter: Any) -> None:
    """Carries nothing."""
