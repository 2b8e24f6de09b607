"""Machines keep meters, and look after what nobody counts and what contradicts itself."""

from __future__ import annotations

import pytest

from plans.models import Subscription, UsageEvent
from provider.accounts.models import Account
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.plans.factories import make_metered_subscription

from .test_api import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription() -> Subscription:
    return make_metered_subscription("calls", code="main")


def test_a_meter_is_made_changed_and_archived(machine: Caller, provider: Account) -> None:
    wish = {"code": "faxes", "name": "Faxes", "name_hans": "传真", "aggregate": "sum", "unit": "pages"}
    made = machine.post("/meters", wish, key="meter-1")
    assert machine.post("/meters", wish, key="meter-1").json() == made.json()
    assert (made.status_code, made.json()["code"], made.json()["name_hans"]) == (201, "faxes", "传真")
    assert_problem(machine.post("/meters", wish), status=409, code="meter_code_taken")
    level = wish | {"code": "peak", "aggregate": "max", "carries_over": True}
    assert_problem(machine.post("/meters", level), status=422, code="meter_shape_unfit")

    address = f"/meters/{made.json()['id']}"
    changed = machine.post(f"{address}/change", {"name": "Fax pages", "aggregate": "count"}).json()
    assert (changed["code"], changed["name"], changed["aggregate"], changed["unit"]) == (
        "faxes", "Fax pages", "count", "",
    )  # fmt: skip
    assert [one["code"] for one in machine.get("/meters").json()["items"]] == ["faxes"]
    assert machine.post(f"{address}/archive", {}).json()["archived_at"]
    assert machine.get("/meters").json()["items"] == []
    assert [one["code"] for one in machine.get("/meters", is_archived="true").json()["items"]] == ["faxes"]
    assert machine.post(f"{address}/archive", {"is_archived": False}).json()["archived_at"] is None

    tester = caller_for(provider, portal="provider", is_test=True)
    assert_problem(tester.post("/meters", wish), status=404, code="not_found")


def test_what_nobody_counts_is_counted_after_all_or_put_aside(
    machine: Caller, provider: Account, subscription: Subscription
) -> None:
    for event_id, named in (("1", "other"), ("2", "third")):
        machine.post("/usage", told(subscription, event_id) | {"subscription": named})
    listed = machine.get("/usage/unmatched", meter="calls", account_id=str(subscription.account_id)).json()["items"]
    assert {(one["event_id"], one["why"]) for one in listed} == {
        ("1", "unknown_subscription"), ("2", "unknown_subscription"),
    }  # fmt: skip
    assert listed[0]["detail"]
    tester = caller_for(provider, portal="provider", is_test=True)
    assert tester.get("/usage/unmatched").json()["items"] == []
    ids = [one["id"] for one in listed]
    assert tester.post("/usage/unmatched/dismiss", {"ids": ids, "reason": "Not mine"}).json() == {"count": 0}

    Subscription.objects.filter(pk=subscription.pk).update(code="other")
    assert machine.post("/usage/unmatched/replay", {"ids": ids}).json() == {"counted": 1, "waiting": 1}
    assert UsageEvent.objects.count() == 1

    silent = machine.post("/usage/unmatched/dismiss", {"ids": ids, "reason": " "})
    assert_problem(silent, status=422, code="usage_reason_missing")
    assert machine.post("/usage/unmatched/dismiss", {"ids": ids, "reason": "A trial"}).json() == {"count": 1}
    assert machine.get("/usage/unmatched").json()["items"] == []


def test_a_contradiction_is_listed_until_it_is_taken_off(machine: Caller, subscription: Subscription) -> None:
    machine.post("/usage", told(subscription))
    refused = machine.post("/usage", told(subscription, value=7))
    assert_problem(refused, status=409, code="event_conflict")

    (conflict,) = machine.get("/usage/conflicts").json()["items"]
    assert (conflict["event_id"], conflict["value"], conflict["told"]) == ("1", "7", 1)
    done = machine.post("/usage/conflicts/dismiss", {"ids": [conflict["id"]], "reason": "A slip"})
    assert done.json() == {"count": 1}
    assert machine.get("/usage/conflicts").json()["items"] == []
    subscriber = caller_for(subscription.account)
    assert_problem(subscriber.get("/usage/conflicts"), status=403, code="scope_missing")
