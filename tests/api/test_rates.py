"""How often: counted per key and per address, said in headers, refused with the seconds to wait."""

from __future__ import annotations

import pytest

from .conftest import assert_problem, caller_for

pytestmark = pytest.mark.django_db


def test_the_headers_say_what_is_left(customer, settings):
    settings.API_REQUESTS_PER_MINUTE = 5

    first, second = customer.get("/me"), customer.get("/accounts")

    assert first["RateLimit-Policy"] == '"key";q=5;w=60'
    assert first["RateLimit"].startswith('"key";r=4;t=')
    assert second["RateLimit"].startswith('"key";r=3;t=')


def test_a_refused_request_says_what_is_left_too(customer):
    assert customer.get("/accounts", limit=-1)["RateLimit"].startswith('"key";r=599;')


def test_too_many_are_told_when_to_come_back(customer, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    for _ in range(2):
        assert customer.get("/me").status_code == 200

    response = customer.get("/me")

    problem = assert_problem(response, status=429, code="rate_exceeded")
    assert 1 <= int(response["Retry-After"]) <= 60
    assert problem["seconds"] == int(response["Retry-After"])
    assert response["RateLimit"].startswith('"key";r=0;')


def test_one_key_does_not_use_up_what_another_has(customer, subscriber, settings):
    settings.API_REQUESTS_PER_MINUTE = 1
    customer.get("/me")
    assert customer.get("/me").status_code == 429

    assert caller_for(subscriber).get("/me").status_code == 200


def test_an_address_that_tries_key_after_key_is_stopped_before_the_keys_are_looked_up(
    stranger, settings, django_assert_num_queries
):
    settings.API_REQUESTS_PER_MINUTE_PER_ADDRESS = 3
    stranger.secret = "pk_live_" + "x" * 43
    for _ in range(3):
        assert stranger.get("/me").status_code == 401

    with django_assert_num_queries(0):
        assert_problem(stranger.get("/me"), status=429, code="rate_exceeded")


def test_without_valkey_the_api_goes_on_uncounted(customer, settings):
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"

    assert customer.get("/me").status_code == 200
