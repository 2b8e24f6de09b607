"""Whoever writes an address into a header is not believed; our own proxies are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from provider.kernel.caller import address_of

PROXY, VISITOR, LIE = "10.0.0.1", "198.51.100.7", "203.0.113.99"


def asked(forwarded: str | None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return address_of(RequestFactory().get("/", REMOTE_ADDR=PROXY, headers=headers))


def test_without_proxies_the_header_means_nothing(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert asked(None) == PROXY
    assert asked(LIE) == PROXY


def test_one_proxy_names_the_visitor_in_the_last_entry(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert asked(VISITOR) == VISITOR
    assert asked(f"{LIE}, {VISITOR}") == VISITOR
    assert asked(f"{LIE},{LIE} , {VISITOR}") == VISITOR


def test_two_proxies_name_the_visitor_in_the_last_but_one(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 2
    assert asked(f"{LIE}, {VISITOR}, 10.0.0.2") == VISITOR


def test_who_went_around_a_proxy_is_the_machine_that_asked(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 2
    assert asked(LIE) == PROXY
    assert asked(None) == PROXY


@pytest.mark.parametrize("nonsense", ["", "unknown", "_hidden", "198.51.100", "198.51.100.7;drop", "9" * 5000])
def test_what_is_no_address_is_the_machine_that_asked(settings: Any, nonsense: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert asked(nonsense) == PROXY


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("198.51.100.7:4711", VISITOR),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:198.51.100.7", VISITOR),
    ],
)
def test_one_address_has_one_spelling(settings: Any, written: str, read: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert asked(written) == read
