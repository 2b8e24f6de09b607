"""Who comes in: a valid key, with the scope that the endpoint asks for, in its own mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from provider.accounts.models import ApiKey, User
from provider.accounts.queries import actor_of_api_key, key_of_secret
from provider.accounts.rules import api_keys
from provider.accounts.rules.scopes import SCOPES, granted_by, scopes_for
from provider.kernel.ids import new_token

from .conftest import Caller, assert_problem, caller_for, make_account, make_key

pytestmark = pytest.mark.django_db


def test_a_key_is_told_who_it_is(customer, subscriber):
    me = customer.get("/me").json()

    assert me["account"]["name"] == "Linden Trading"
    assert me["portal"] == "subscriber"
    assert me["mode"] == "live"
    assert "accounts:read" in me["key"]["scopes"]
    assert me["limits"]["rows_per_page"] == 200


def test_without_a_key_nothing_is_told(stranger):
    response = stranger.get("/me")

    assert_problem(response, status=401, code="key_missing")
    assert response["WWW-Authenticate"] == 'Bearer realm="Perennial"'


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token pk_live_x", "pk_live_x", "Bearer\u00a0pk_live_x"],
)
def test_another_way_to_sign_in_is_none(header, db):
    response = Client().get("/api/v1/me", headers={"Authorization": header})

    assert response.status_code == 401


def test_a_wrong_an_expired_and_a_revoked_key_get_the_same_answer(subscriber):
    past = datetime(2026, 11, 2, tzinfo=UTC)
    callers = [
        Caller(secret=api_keys.secret_from(token=new_token(), is_test=False)),
        caller_for(subscriber, expires_at=past),
        caller_for(subscriber, revoked_at=past),
        Caller(secret="pk_live_short"),
        Caller(secret="x" * 5000),
    ]

    answers = [assert_problem(caller.get("/me"), status=401, code="key_not_valid") for caller in callers]

    assert len({answer["detail"] for answer in answers}) == 1


def test_a_key_is_found_by_its_hash_and_compared_in_constant_time(subscriber, monkeypatch, django_assert_num_queries):
    """A secret never reaches a comparison that stops at the first difference."""
    seen = []
    same = api_keys.hmac.compare_digest
    monkeypatch.setattr(api_keys.hmac, "compare_digest", lambda one, two: seen.append((one, two)) or same(one, two))
    key, secret = make_key(subscriber)
    at = datetime(2026, 11, 22, tzinfo=UTC)

    with django_assert_num_queries(1) as asked:
        assert key_of_secret(secret=secret, at=at) == key
    with django_assert_num_queries(1):
        assert key_of_secret(secret=secret[:-1] + "-", at=at) is None

    assert seen == [(api_keys.hash_of(secret), api_keys.hash_of(secret))]
    assert secret not in asked.captured_queries[0]["sql"]


def test_the_actor_of_a_key_may_what_its_scopes_grant(subscriber):
    _, secret = make_key(subscriber, scopes=["members:read"])

    by = actor_of_api_key(secret=secret, at=datetime(2026, 11, 22, tzinfo=UTC))

    assert by is not None
    assert (by.kind, by.account_id, by.portal) == ("api_key", subscriber.id, "subscriber")
    assert by.permissions == {"members:read", "team.view"}


def test_a_missing_scope_is_named(subscriber):
    response = caller_for(subscriber, scopes=["members:read"]).get("/accounts")

    assert assert_problem(response, status=403, code="scope_missing")["scope"] == "accounts:read"
    assert 'error="insufficient_scope", scope="accounts:read"' in response["WWW-Authenticate"]


def test_a_scope_that_is_no_longer_offered_opens_nothing(subscriber):
    caller = caller_for(subscriber, scopes=["accounts:read", "moon:write"])

    assert caller.get("/me").json()["key"]["scopes"] == ["accounts:read"]
    assert granted_by(portal="subscriber", scopes=["moon:write"]) == frozenset()


def test_whoever_lacks_a_permission_cannot_hand_out_its_scope():
    offered = {scope.name for scope in scopes_for(portal="subscriber", permissions={"portal.view"})}

    assert offered == {"accounts:read", "plans:read", "subscriptions:read"}
    assert {scope.name for scope in scopes_for(portal="nowhere", permissions={"portal.view"})} == set()


def test_every_scope_opens_some_endpoint_and_every_endpoint_asks_for_a_known_one(stranger):
    paths = stranger.get("/openapi.json").json()["paths"]
    asked = {each.get("x-scope") for methods in paths.values() for each in methods.values()} - {None}

    assert asked == set(SCOPES)


def test_a_session_of_the_pages_is_not_accepted(subscriber):
    """No cookie counts here, so no other site can make a signed-in browser act."""
    user = User.objects.create(email="li@example.com", created_at=datetime(2026, 11, 1, tzinfo=UTC))
    client = Client()
    client.force_login(user)

    assert_problem(client.get("/api/v1/me"), status=401, code="key_missing")
    assert_problem(client.post("/api/v1/api-keys", {}), status=401, code="key_missing")


def test_other_origins_are_not_let_in(customer):
    response = customer.get("/me", headers={"Origin": "https://elsewhere.example"})
    preflight = customer.client.options("/api/v1/me", headers={"Origin": "https://elsewhere.example"})

    for answer in (response, preflight):
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]
    assert preflight.status_code == 405


def test_the_use_of_a_key_is_noted_once_a_minute(subscriber, django_assert_num_queries):
    key, secret = make_key(subscriber)
    Caller(secret=secret).get("/me")
    first = ApiKey.objects.get(id=key.id).last_used_at
    assert first is not None

    Caller(secret=secret).get("/me")
    assert ApiKey.objects.get(id=key.id).last_used_at == first

    ApiKey.objects.filter(id=key.id).update(last_used_at=first - timedelta(seconds=61))
    Caller(secret=secret).get("/me")
    assert ApiKey.objects.get(id=key.id).last_used_at >= first


def test_who_am_i_costs_one_query(customer, django_assert_num_queries):
    customer.get("/me")  # notes the first use

    with django_assert_num_queries(1):
        customer.get("/me")


def test_a_test_key_sees_test_accounts_and_a_live_key_the_others(provider_account):
    live, test = make_account("Live"), make_account("Trial run", is_test=True)
    by_live = caller_for(provider_account, portal="provider")
    by_test = caller_for(provider_account, portal="provider", is_test=True)

    assert by_test.get("/me").json()["mode"] == "test"
    assert {row["name"] for row in by_live.get("/accounts").json()["items"]} == {"Perennial", "Live"}
    assert {row["name"] for row in by_test.get("/accounts").json()["items"]} == {"Perennial", "Trial run"}
    assert by_live.get(f"/accounts/{live.id}").status_code == 200
    assert_problem(by_live.get(f"/accounts/{test.id}"), status=404, code="not_found")
    assert_problem(by_test.get(f"/accounts/{live.id}"), status=404, code="not_found")
