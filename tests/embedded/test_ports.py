"""A port that is in use is named with who holds it."""

import os
import socket
import sys

import pytest

from provider.embedded.ports import holder_of, is_free, next_free


@pytest.fixture
def taken():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_port_in_use_is_not_free_and_another_is_offered(taken):
    assert not is_free(taken)
    assert next_free(taken) > taken
    assert is_free(next_free(taken))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the holder is not told")
def test_its_holder_is_named(taken):
    assert f"(process {os.getpid()})" in holder_of(taken)


def test_nobody_holds_a_free_port(taken):
    assert holder_of(next_free(taken)) == ""
