"""A letter is carried as it was declared, or not at all."""

from collections.abc import Iterator
from typing import Any

import pytest

from provider.kernel import clock, post


@pytest.fixture(autouse=True)
def no_letters_left_behind() -> Iterator[None]:
    """What a test declares is gone with it: other tests read the whole list."""
    before = dict(post._letters)
    yield
    post._letters.clear()
    post._letters.update(before)


@pytest.fixture
def carried() -> Iterator[list[dict[str, Any]]]:
    post.declare(post.Letter(key="a_greeting", params=frozenset({"name"}), secret_params=frozenset({"code"})))
    letters: list[dict[str, Any]] = []
    previous = post.register(lambda **letter: letters.append(letter))
    yield letters
    if previous:
        post.register(previous)


def test_a_letter_reaches_the_carrier_with_its_secret_apart(carried: list[dict[str, Any]]) -> None:
    post.send(
        key="a_greeting", to_email="li@example.com", language="en",
        params={"name": "Li"}, secret_params={"code": "123"}, at=clock.now(),
    )  # fmt: skip

    assert carried[0]["params"] == {"name": "Li"}
    assert carried[0]["secret_params"] == {"code": "123"}


def test_a_secret_among_the_plain_parameters_is_refused(carried: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="secretly"):
        post.send(
            key="a_greeting", to_email="li@example.com", language="en",
            params={"name": "Li", "code": "123"}, at=clock.now(),
        )  # fmt: skip

    assert carried == []


def test_a_letter_without_an_address_is_refused(carried: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="address"):
        post.send(
            key="a_greeting", language="en", params={"name": "Li"}, secret_params={"code": "1"}, at=clock.now()
        )  # fmt: skip


def test_two_different_letters_cannot_share_a_key() -> None:
    post.declare(post.Letter(key="twice"))
    with pytest.raises(RuntimeError):
        post.declare(post.Letter(key="twice", params=frozenset({"x"})))
