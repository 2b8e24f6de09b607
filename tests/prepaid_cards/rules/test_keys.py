"""Keyed hashes: found under every live key, wrapped without knowing a secret."""

from __future__ import annotations

import hashlib

import pytest

from prepaid_cards.rules.keys import hashes_for_lookup, ring_of, wrapped

ONE, TWO, THREE = f"1={'11' * 32}", f"2={'22' * 32}", f"3={'33' * 32}"
CODE = "7KQM4TXD9HRN2W6C"


def test_a_new_card_is_hashed_under_the_newest_key() -> None:
    ring = ring_of([TWO, ONE])

    assert ring.newest.name == "2"
    assert hashes_for_lookup(ring, code=CODE)[ring.newest.digest(CODE.encode())] == "2"


def test_a_card_made_under_an_older_key_is_found() -> None:
    made = ring_of([ONE]).newest.digest(CODE.encode())

    assert hashes_for_lookup(ring_of([THREE, TWO, ONE]), code=CODE)[made] == "1"


def test_wrapping_twice_needs_no_secret_and_the_card_is_found() -> None:
    ring = ring_of([THREE, TWO, ONE])
    stored, path = ring.named("1").digest(CODE.encode()), "1"

    stored, path = wrapped(ring.named("2"), stored=stored, path=path)
    stored, path = wrapped(ring.named("3"), stored=stored, path=path)

    assert path == "1+2+3"
    assert hashes_for_lookup(ring, code=CODE)[stored] == "1+2+3"


def test_every_lookup_computes_as_many_hashes() -> None:
    assert len(hashes_for_lookup(ring_of([ONE]), code=CODE)) == 1
    assert len(hashes_for_lookup(ring_of([THREE, TWO, ONE]), code=CODE)) == 7


def test_no_hash_is_an_unkeyed_one() -> None:
    unkeyed = {getattr(hashlib, name)(CODE.encode()).digest() for name in ("sha256", "sha3_256", "blake2s")}

    assert not unkeyed & set(hashes_for_lookup(ring_of([THREE, TWO, ONE]), code=CODE))


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [ONE, TWO, THREE, f"4={'44' * 32}"],
        [ONE, ONE],
        ["1=zz"],
        [f"1={'11' * 31}"],
        [f"a+b={'11' * 32}"],
        ["nothing"],
    ],
)
def test_a_bad_setting_is_refused_without_telling_a_key(entries: list[str]) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        ring_of(entries)
    assert "11" * 31 not in str(refused.value)


def test_a_key_never_shows_itself() -> None:
    assert "11" * 8 not in repr(ring_of([ONE]))
