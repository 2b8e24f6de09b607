"""Accounts, members and keys: each key sees its own and no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlparse

import pytest

from provider.accounts.models import ApiKey, Membership, User
from provider.kernel.models import AuditRow

from .conftest import START, Caller, assert_problem, caller_for, make_account, make_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree(provider_account):
    """The provider; a reseller with a customer, and a reseller below it with one of its own; a customer of nobody."""
    upper = make_account("Upper", portal="reseller", parent=provider_account)
    lower = make_account("Lower", portal="reseller", parent=upper)
    return {
        "provider": provider_account,
        "upper": upper,
        "lower": lower,
        "of upper": make_account("Of upper", parent=upper, email="a@example.com"),
        "of lower": make_account("Of lower", parent=lower, email="b@example.com"),
        "direct": make_account("Direct", parent=provider_account, email="c@example.com"),
    }


def names(response) -> set[str]:
    assert response.status_code == 200, response.content
    return {row["name"] for row in response.json()["items"]}


@pytest.mark.parametrize(
    ("holder", "portal", "seen"),
    [
        ("provider", "provider", {"Perennial", "Upper", "Lower", "Of upper", "Of lower", "Direct"}),
        ("upper", "reseller", {"Upper", "Lower", "Of upper", "Of lower"}),
        ("lower", "reseller", {"Lower", "Of lower"}),
        ("of upper", "subscriber", {"Of upper"}),
        ("direct", "subscriber", {"Direct"}),
    ],
)
def test_a_key_reads_its_own_part_of_the_tree(tree, holder, portal, seen):
    caller = caller_for(tree[holder], portal=portal)

    assert names(caller.get("/accounts")) == seen
    for account in tree.values():
        response = caller.get(f"/accounts/{account.id}")
        if account.name in seen:
            assert response.json()["name"] == account.name
        else:
            assert_problem(response, status=404, code="not_found")


def test_accounts_are_found_by_address_and_by_name(tree, operator):
    assert names(operator.get("/accounts", email="A@Example.com")) == {"Of upper"}
    assert names(operator.get("/accounts", name="lower")) == {"Lower", "Of lower"}
    assert names(operator.get("/accounts", name="lower", email="b@example.com")) == {"Of lower"}
    assert names(operator.get("/accounts", name="100%_")) == set()


def test_a_filter_opens_no_other_account(tree):
    assert names(caller_for(tree["of upper"]).get("/accounts", email="b@example.com")) == set()


def test_pages_lead_on_until_there_is_nothing_more(operator):
    for number in range(5):
        make_account(f"Branch {number}", created_at=START + timedelta(minutes=number))
    first = operator.get("/accounts", name="branch", limit=2)
    following = first.json()["next"]

    assert first["Link"] == f'<{following}>; rel="next"'
    seen = [row["name"] for row in first.json()["items"]]
    make_account("Branch in between", created_at=START + timedelta(hours=1))
    while following:
        asked = {name: values[0] for name, values in parse_qs(urlparse(following).query).items()}
        response = operator.get("/accounts", **asked)
        seen += [row["name"] for row in response.json()["items"]]
        following = response.json()["next"]

    assert seen == [f"Branch {number}" for number in (4, 3, 2, 1, 0)]
    assert "Link" not in response


def test_a_cursor_of_another_list_is_refused(operator):
    for number in range(3):
        make_account(f"Branch {number}")
    following = operator.get("/accounts", limit=1).json()["next"]
    cursor = parse_qs(urlparse(following).query)["cursor"][0]

    assert_problem(operator.get("/members", cursor=cursor), status=422, code="bad_cursor")
    assert_problem(operator.get("/accounts", cursor=cursor, name="b"), status=422, code="bad_cursor")


def test_a_list_of_accounts_costs_two_queries(operator, django_assert_num_queries):
    for number in range(20):
        make_account(f"Branch {number}")
    operator.get("/me")

    with django_assert_num_queries(2):  # the key, the page
        operator.get("/accounts")


def test_members_are_those_of_the_own_account(subscriber, customer):
    other = make_account("Elsewhere")
    for name, account, is_gone in (("Li", subscriber, False), ("Han", subscriber, True), ("Mei", other, False)):
        user = User.objects.create(email=f"{name}@example.com", name=name, created_at=START)
        Membership.objects.create(
            account=account, user=user, portal="subscriber", role="owner", joined_at=START,
            status="removed" if is_gone else "active", removed_at=START if is_gone else None,
        )  # fmt: skip

    members = customer.get("/members").json()["items"]

    assert [(member["name"], member["role"]) for member in members] == [("Li", "owner")]


# --- Keys ---


def test_a_key_makes_another_that_can_do_no_more_than_itself(subscriber):
    maker = caller_for(subscriber, scopes=["api_keys:write", "members:read"])

    made = maker.post("/api-keys", {"name": "Reader", "scopes": ["members:read"]})
    secret = made.json()["secret"]

    assert made.status_code == 201
    assert secret.startswith("pk_live_")
    assert Caller(secret=secret).get("/members").status_code == 200
    assert_problem(Caller(secret=secret).get("/accounts"), status=403, code="scope_missing")
    refused = maker.post("/api-keys", {"name": "Climber", "scopes": ["accounts:read"]})
    assert assert_problem(refused, status=422, code="unknown_scope")["errors"][0]["pointer"] == "#/scopes"
    assert not ApiKey.objects.filter(name="Climber").exists()


def test_scopes_that_stand_for_one_permission_are_still_apart(subscriber):
    """members:read and audit:read both stand for team.view; having one does not give the other away."""
    maker = caller_for(subscriber, scopes=["api_keys:write", "members:read"])

    refused = maker.post("/api-keys", {"name": "Climber", "scopes": ["audit:read"]})

    assert_problem(refused, status=422, code="unknown_scope")


def test_a_key_makes_keys_of_its_own_mode(provider_account):
    maker = caller_for(provider_account, portal="provider", is_test=True)

    made = maker.post("/api-keys", {"name": "Trial", "scopes": ["accounts:read"]}).json()

    assert made["mode"] == "test"
    assert made["secret"].startswith("pk_test_")


def test_a_key_may_end_by_itself(customer):
    soon = datetime(2027, 1, 1, tzinfo=UTC).isoformat()
    made = customer.post("/api-keys", {"name": "Short", "scopes": ["members:read"], "expires_at": soon})
    past = customer.post("/api-keys", {"name": "Late", "scopes": ["members:read"], "expires_at": START.isoformat()})

    assert made.json()["expires_at"] == "2027-01-01T00:00:00Z"
    assert_problem(past, status=422, code="bad_expiry")


def test_the_list_of_keys_never_shows_a_secret(customer):
    made = customer.post("/api-keys", {"name": "Reader", "scopes": ["members:read"]}).json()

    response = customer.get("/api-keys")

    assert "Reader" in {key["name"] for key in response.json()["items"]}
    assert made["secret"] not in response.content.decode()
    assert "secret" not in response.json()["items"][0]


def test_a_revoked_key_stops_at_once_and_stays_in_the_list(customer):
    made = customer.post("/api-keys", {"name": "Reader", "scopes": ["members:read"]}).json()
    reader = Caller(secret=made["secret"])
    assert reader.get("/members").status_code == 200

    revoked = customer.delete(f"/api-keys/{made['id']}")
    again = customer.delete(f"/api-keys/{made['id']}")

    assert_problem(reader.get("/members"), status=401, code="key_not_valid")
    assert revoked.json()["revoked_at"] == again.json()["revoked_at"] is not None
    assert made["id"] in {key["id"] for key in customer.get("/api-keys").json()["items"]}


def test_nobody_sees_or_revokes_the_key_of_another_account(customer):
    key, secret = make_key(make_account("Elsewhere"))

    assert_problem(customer.delete(f"/api-keys/{key.id}"), status=404, code="not_found")
    assert str(key.id) not in customer.get("/api-keys").content.decode()
    assert Caller(secret=secret).get("/me").status_code == 200


def test_what_a_key_does_stands_in_the_history_under_its_name(customer):
    made = customer.post("/api-keys", {"name": "Reader", "scopes": ["members:read"]})
    row = AuditRow.objects.get(verb="api_key.created")

    acts = customer.get("/audit", verb="api_key.created").json()["items"]

    assert row.actor_kind == "api_key"
    assert row.request_id == made["X-Request-ID"]
    assert [(act["verb"], act["api_key_id"]) for act in acts] == [("api_key.created", str(row.api_key_id))]
