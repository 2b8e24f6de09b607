"""Whatever goes wrong under /api/: a problem document in the reader's language, never HTML, never a trace."""

from __future__ import annotations

import json
import re

import pytest
import redis
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provider.accounts import queries
from provider.kernel import problem
from provider.kernel.errors import Dormant, TooMany, Unavailable

from .conftest import assert_problem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nope", "/api/v2/me", "/api/v1/me/", "/api/v1/accounts/x/y"])
def test_an_address_that_is_none(path):
    assert_problem(Client().get(path), status=404, code="unknown_address")


def test_an_id_that_is_none_is_absent_like_any_other(customer):
    assert_problem(customer.get("/accounts/not-an-id"), status=404, code="not_found")
    assert_problem(customer.get("/accounts/0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978"), status=404, code="not_found")


def test_a_method_that_is_not_offered(customer):
    response = customer.delete("/me")

    assert assert_problem(response, status=405, code="method_not_offered")["allowed"] == ["GET"]
    assert response["Allow"] == "GET"


def test_head_is_answered_like_get(customer):
    response = customer.client.head("/api/v1/me", headers={"Authorization": f"Bearer {customer.secret}"})

    assert response.status_code == 200
    assert response.content == b""


def test_a_host_that_is_not_ours():
    response = Client(raise_request_exception=False).get("/api/v1/me", headers={"Host": "elsewhere.example"})

    assert response["Content-Type"] == "application/problem+json"
    assert response.status_code in (400, 401)


def test_a_fault_of_ours_tells_nothing_of_itself(customer, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("the secret reason")

    monkeypatch.setattr(queries, "find_accounts", fail)

    response = customer.get("/accounts")

    assert_problem(response, status=500, code="internal_fault")
    assert "secret reason" not in response.content.decode()
    assert "Traceback" not in response.content.decode()


@pytest.mark.parametrize("outage", [OperationalError("the database is gone"), redis.ConnectionError("no Valkey")])
def test_an_outage_says_when_to_try_again(customer, monkeypatch, outage):
    def fail(*_, **__):
        raise outage

    monkeypatch.setattr(queries, "find_accounts", fail)

    response = customer.get("/accounts")

    assert_problem(response, status=503, code="unavailable")
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("parameters", "faults"),
    [
        ({"limit": -1}, [("limit", "too_small")]),
        ({"limit": 0}, [("limit", "too_small")]),
        ({"limit": 201}, [("limit", "too_large")]),
        ({"limit": "many"}, [("limit", "not_integer")]),
        ({"limit": "9" * 5000}, [("limit", "not_integer")]),
        ({"emial": "li@example.com"}, [("emial", "unknown_parameter")]),
        ({"name": "x" * 201}, [("name", "too_long")]),
        ({"cursor": "invented"}, [("cursor", "bad_cursor")]),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(customer, parameters, faults):
    response = customer.get("/accounts", **parameters)

    assert response.status_code == 422
    assert [(fault["parameter"], fault["code"]) for fault in response.json()["errors"]] == faults


def test_a_character_that_text_cannot_have(customer):
    assert_problem(customer.client.get(
        "/api/v1/accounts?name=%00", headers={"Authorization": f"Bearer {customer.secret}"}
    ), status=400, code="forbidden_character")  # fmt: skip


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("#/name", "required"), ("#/scopes", "required")]),
        ({"name": "", "scopes": []}, [("#/name", "too_short"), ("#/scopes", "too_few")]),
        ({"name": 1, "scopes": ["a"]}, [("#/name", "not_text")]),
        ({"name": "x", "scopes": [1]}, [("#/scopes/0", "not_text")]),
        ({"name": "x", "scopes": ["a"], "is/it~so": 1}, [("#/is~1it~0so", "unknown_member")]),
        ({"name": "x", "scopes": ["a"], "expires_at": "tomorrow"}, [("#/expires_at", "not_instant")]),
        ({"name": "x", "scopes": ["a"], "expires_at": "2027-01-01T00:00:00"}, [("#/expires_at", "not_instant")]),
        ([], [("#", "not_object")]),
        ("text", [("#", "not_object")]),
        (b"", [("#", "required")]),
    ],
)
def test_each_fault_of_a_body_is_named_by_its_pointer(customer, body, faults):
    response = customer.post("/api-keys", body)

    problem_ = assert_problem(response, status=422, code="invalid_request")
    assert [(fault["pointer"], fault["code"]) for fault in problem_["errors"]] == faults
    assert all(fault["detail"] for fault in problem_["errors"])


DEEP = b"[" * 40 + b"]" * 40
ABYSS = b"[" * 200_000


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "not_json"),
        (b"name=x", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        ('{"name": "é"}'.encode("latin-1"), "not_utf8"),
        ('{"name": "x"}'.encode("utf-16"), "not_utf8"),
        (b'{"name": NaN}', "not_json_number"),
        (b'{"name": -Infinity}', "not_json_number"),
        (b'{"name": 1e999999999}', "not_json_number"),
        (b'{"name": ' + b"9" * 5000 + b"}", "not_json_number"),
        (b'{"name": "a", "name": "b"}', "repeated_member"),
        (DEEP, "too_deep"),
        (ABYSS, "too_deep"),
        (b'{"name": "\\u0000"}', "forbidden_character"),
        (b'{"name": "\\ud800"}', "forbidden_character"),
        (b'{"\\u0000": 1}', "forbidden_character"),
    ],
)
def test_a_body_that_cannot_be_read(customer, body, code):
    assert_problem(customer.post("/api-keys", body), status=400, code=code)


def test_an_escaped_character_that_text_may_have_is_read(customer):
    response = customer.post("/api-keys", b'{"name": "\\u4ed3\\u5e93 \\\\u0000", "scopes": ["accounts:read"]}')

    assert response.status_code == 201
    assert response.json()["name"] == "仓库 \\u0000"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
             "application/json; charset=gb18030", "text/json", "x"],
)  # fmt: skip
def test_a_format_other_than_json(customer, kind):
    response = customer.post("/api-keys", b"{}", headers={"Content-Type": kind})

    assert_problem(response, status=415, code="unsupported_format")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", "application/cloudevents+json"]
)
def test_json_by_any_of_its_names(customer, kind):
    response = customer.post("/api-keys", b"{}", headers={"Content-Type": kind})

    assert_problem(response, status=422, code="invalid_request")


def test_a_body_that_is_announced_too_large_is_not_read(customer, settings):
    settings.API_BODY_LIMIT_BYTES = 1024

    response = customer.post("/api-keys", b'"' + b"x" * 2000 + b'"')

    assert assert_problem(response, status=413, code="body_too_large")["most_bytes"] == 1024


def test_a_body_in_chunks_is_asked_for_its_length(customer):
    response = customer.client.generic(
        "POST", "/api/v1/api-keys", b"",
        headers={"Authorization": f"Bearer {customer.secret}", "Transfer-Encoding": "chunked"},
    )  # fmt: skip

    assert_problem(response, status=411, code="length_missing")


def test_a_stranger_is_refused_before_the_body_is_looked_at(stranger):
    assert_problem(stranger.post("/api-keys", b"{"), status=401, code="key_missing")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | JSON_VALUES.map(lambda value: json.dumps(value).encode()) | st.fixed_dictionaries(
    {"name": JSON_VALUES, "scopes": JSON_VALUES}, optional={"expires_at": JSON_VALUES}
).map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_no_body_whatever_it_is_gets_more_than_a_problem(customer, body):
    _forget_limits()
    response = customer.post("/api-keys", body)

    assert 400 <= response.status_code < 500
    assert response["Content-Type"] == problem.MEDIA_TYPE


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=st.dictionaries(st.text(max_size=10), st.text(max_size=30), max_size=3),
       name=st.text(max_size=40), cursor=st.text(max_size=40))  # fmt: skip
def test_no_address_whatever_it_asks_fails(customer, parameters, name, cursor):
    _forget_limits()
    known = {"name": _sendable(name), "cursor": _sendable(cursor)}
    response = customer.get("/accounts", **known, **{_sendable(key): _sendable(value) for key, value in
                                                     parameters.items() if key not in known})  # fmt: skip

    assert response.status_code in (200, 400, 422)


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _forget_limits() -> None:
    from django.conf import settings as configured

    store = redis.Redis.from_url(configured.REDIS_URL)
    names = list(store.scan_iter("test:limits:*"))
    if names:
        store.delete(*names)


@pytest.mark.parametrize(
    ("asked", "title"),
    [("zh-CN", "没有有效的密钥"), ("zh-TW", "沒有有效的金鑰"), ("zh-HK,en;q=0.5", "沒有有效的金鑰"),
     ("fr", "No valid key"), ("", "No valid key"), ("x" * 600, "No valid key")],
)  # fmt: skip
def test_the_reader_is_answered_in_their_language(asked, title):
    response = Client().get("/api/v1/me", headers={"Accept-Language": asked})

    assert assert_problem(response, status=401, code="key_missing")["title"] == title


def test_a_dormant_account_is_told_the_way_to_renew():
    shown = problem.document(Dormant(renew_url="https://x.example/renew"), path="/api/v1/me", request_id="1")

    assert (shown["status"], shown["code"]) == (402, "dormant")
    assert shown["renew_url"] == "https://x.example/renew"
    assert "https://x.example/renew" in shown["detail"]


def test_the_header_says_when_to_come_back(rf):
    for refusal in (TooMany(seconds=12), Unavailable(seconds=12)):
        assert problem.answer(refusal, request=rf.get("/"))["Retry-After"] == "12"


def test_every_type_leads_to_a_page():
    assert reverse("api:problem", args=["dormant"]) == problem.PAGES_PATH + "dormant"
    assert re.fullmatch(r"[a-z0-9_]+", "dormant")
