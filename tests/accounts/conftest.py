"""What the tests of accounts share: a letter box that keeps what was written, and a fresh house."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from provider.accounts.models import Account, Region
from provider.kernel import post
from provider.kernel.ids import new_id

from .people import make_provider


class Letters(list[dict[str, Any]]):
    """What was written, in order."""

    def keys(self) -> list[str]:
        return [letter["key"] for letter in self]

    def the(self, key: str) -> dict[str, Any]:
        found = [letter for letter in self if letter["key"] == key]
        assert len(found) == 1, self.keys()
        return found[0]

    def code(self) -> str:
        return str([letter for letter in self if "code" in letter["secret_params"]][-1]["secret_params"]["code"])

    def link(self) -> str:
        link = str(self.the("invitation")["secret_params"]["link"])
        return link.split("://", 1)[1].split("/", 1)[1]


@pytest.fixture
def letters() -> Iterator[Letters]:
    box = Letters()
    previous = post.register(lambda **letter: box.append(letter))
    yield box
    if previous is not None:
        post.register(previous)


@pytest.fixture(autouse=True)
def fresh_limits(settings: Any) -> None:
    """Rate limits are counted in Valkey, which outlives a test and is shared by parallel ones: count under a name of
    its own."""
    settings.MODE = f"test-{new_id()}"
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": settings.MODE}}


@pytest.fixture
def provider(db: None, letters: Letters) -> Account:
    return make_provider()


@pytest.fixture
def regions(db: None) -> list[Region]:
    """Truncated by tests that commit, so made anew."""
    rows = [
        ("shanghai", "Shanghai", "上海", "上海", "CN", "Asia/Shanghai", "CNY"),
        ("taipei", "Taipei", "台北", "臺北", "TW", "Asia/Taipei", "TWD"),
    ]
    names = ("code", "name", "name_hans", "name_hant", "country", "time_zone", "currency")
    return [Region.objects.get_or_create(code=row[0], defaults=dict(zip(names, row, strict=True)))[0] for row in rows]
