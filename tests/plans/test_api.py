"""Machines tell what was used: once and for good, with an answer for each event."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plans.models import Subscription, UnmatchedEvent, UsageConflict, UsageEvent
from provider.accounts.models import Account
from provider.kernel import clock
from tests.api.conftest import Caller, assert_problem, caller_for, make_account, make_key
from tests.plans.factories import make_meter, make_metered_subscription

pytestmark = pytest.mark.django_db
HOUR_AGO = (clock.now() - timedelta(hours=1)).isoformat()


@pytest.fixture
def provider() -> Account:
    return make_account("The provider", portal="provider")


@pytest.fixture
def switch(provider: Account) -> Caller:
    return caller_for(provider, portal="provider")


@pytest.fixture
def subscription() -> Subscription:
    return make_metered_subscription("calls", code="main")


def told(subscription: Subscription, event_id: str = "1", **facts: Any) -> dict[str, Any]:
    usual = {"account_id": str(subscription.account_id), "source": "switch-1", "id": event_id, "meter": "calls"}
    return usual | {"at": HOUR_AGO} | facts


def cloud_event(subscription: Subscription, event_id: str = "1", **facts: Any) -> dict[str, Any]:
    usual = {"specversion": "1.0", "id": event_id, "source": "/switches/1", "type": "calls", "time": HOUR_AGO}
    return usual | {"subject": str(subscription.account_id)} | facts


def as_cloud(caller: Caller, body: Any, *, is_batch: bool = False) -> Any:
    kind = f"application/cloudevents{'-batch' if is_batch else ''}+json"
    return caller.post("/usage/cloudevents", body, headers={"Content-Type": kind})


def test_an_event_is_recorded_and_the_answer_says_what_bills_it(switch: Caller, subscription: Subscription) -> None:
    answer = switch.post("/usage", told(subscription, value="2.5", properties={"to": "+86"})).json()

    assert answer == {
        "recorded": 1,
        "duplicates": 0,
        "unmatched": 0,
        "events": [{"id": "1", "outcome": "recorded", "subscription": "main", "charges": ["calls"], "why": ""}],
    }
    assert str(UsageEvent.objects.get().value) == "2.50000000"


def test_the_same_again_counts_once_and_the_same_request_gets_the_same_answer(
    switch: Caller, subscription: Subscription
) -> None:
    body = told(subscription)
    first = switch.post("/usage", body, key="call-1")

    assert switch.post("/usage", body, key="call-1").json() == first.json()
    assert switch.post("/usage", body).json()["duplicates"] == 1
    assert UsageEvent.objects.count() == 1


def test_a_batch_is_answered_event_by_event(switch: Caller, subscription: Subscription) -> None:
    make_meter("sms", seller=subscription.stretches.get().version.plan.seller)
    events = [
        {"id": str(number), "meter": meter, "at": HOUR_AGO} for number, meter in enumerate(("calls", "sms", "calls"))
    ]

    answer = switch.post(
        "/usage/batch", {"account_id": str(subscription.account_id), "source": "s", "events": events}
    ).json()

    assert [(end["outcome"], end["why"]) for end in answer["events"]] == [
        ("recorded", ""),
        ("unmatched", "not_in_plan"),
        ("recorded", ""),
    ]
    assert UnmatchedEvent.objects.get().event_id == "1"


def test_cloud_events_come_alone_or_together_and_of_several_accounts(
    switch: Caller, subscription: Subscription
) -> None:
    other = make_metered_subscription("calls", code="other")

    alone = as_cloud(switch, cloud_event(subscription, data={"value": 3}, traceparent="00-abc")).json()
    together = as_cloud(
        switch,
        [cloud_event(subscription, "2"), cloud_event(other, "3"), cloud_event(subscription, data={"value": 3})],
        is_batch=True,
    ).json()

    assert alone["recorded"] == 1
    assert [(end["id"], end["outcome"], end["subscription"]) for end in together["events"]] == [
        ("2", "recorded", "main"),
        ("3", "recorded", "other"),
        ("1", "duplicate", "main"),
    ]


def test_other_content_under_a_known_id_is_refused_and_listed(switch: Caller, subscription: Subscription) -> None:
    switch.post("/usage", told(subscription))

    for _ in range(2):
        refused = switch.post("/usage", told(subscription, value=7))
        assert assert_problem(refused, status=409, code="event_conflict")["events"] == ["1"]

    conflict = UsageConflict.objects.get()
    assert (conflict.event_id, conflict.value, conflict.told_count) == ("1", 7, 2)
    assert UsageEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"meter": "fax"}, "unknown_meter"),
        ({"at": timedelta(days=-36)}, "event_too_old"),
        ({"at": timedelta(minutes=6)}, "event_ahead"),
        ({"source": "crm"}, "usage_source_reserved"),
        ({"value": "1e30"}, "bad_event_value"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(
    switch: Caller, subscription: Subscription, facts: dict[str, Any], code: str
) -> None:
    if "at" in facts:
        facts = {"at": (clock.now() + facts["at"]).isoformat()}
    assert_problem(switch.post("/usage", told(subscription, **facts)), status=422, code=code)
    assert not UsageEvent.objects.exists()


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [({"at": "yesterday"}, "#/at"), ({"at": "2026-11-22T09:30:00"}, "#/at"), ({"amount": 1}, "#/amount")],
)
def test_what_is_badly_written_is_pointed_at(
    switch: Caller, subscription: Subscription, facts: dict[str, Any], pointer: str
) -> None:
    problem = switch.post("/usage", told(subscription, **facts)).json()

    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]


def test_only_the_providers_systems_may_record(subscription: Subscription, provider: Account) -> None:
    own = caller_for(subscription.account)
    reader = Caller(secret=make_key(provider, portal="provider", scopes=["usage:read"])[1])

    assert_problem(own.post("/usage", told(subscription)), status=403, code="scope_missing")
    assert_problem(reader.post("/usage", told(subscription)), status=403, code="scope_missing")


def test_a_test_key_records_for_test_accounts_only(provider: Account, subscription: Subscription) -> None:
    tester = Caller(secret=make_key(provider, portal="provider", is_test=True)[1])
    trial = make_metered_subscription("calls", account=make_account("Trial Ltd", is_test=True))

    assert_problem(tester.post("/usage", told(subscription)), status=404, code="not_found")
    assert tester.post("/usage", told(trial)).json()["recorded"] == 1


def test_a_cloud_event_without_its_account_is_pointed_at(switch: Caller, subscription: Subscription) -> None:
    event = cloud_event(subscription)
    del event["subject"]

    problem = assert_problem(as_cloud(switch, event), status=422, code="invalid_request")

    assert "subject" in json.dumps(problem["errors"])


def test_usage_is_read_by_day_and_by_hour(switch: Caller, subscription: Subscription) -> None:
    switch.post("/usage", told(subscription, value=3))
    switch.post("/usage", told(subscription, "2", value="0.5"))
    own = caller_for(subscription.account)

    by_day = own.get("/usage").json()["series"]
    day = clock.local_day(at=clock.now() - timedelta(hours=1), zone=ZoneInfo("Asia/Shanghai"))
    by_hour = switch.get(
        "/usage", account_id=str(subscription.account_id), step="hour", start=day.isoformat(), meter="calls"
    ).json()["series"]

    assert [(one["meter"], one["kind"], one["total"]) for one in by_day] == [("calls", "flow", "3.5")]
    assert [point["quantity"] for point in by_hour[0]["points"] if point["events"]] == ["3.5"]


def test_anothers_usage_is_not_there_and_too_long_a_span_is_refused(switch: Caller, subscription: Subscription) -> None:
    stranger = caller_for(make_account("Stranger"))
    asked = {"account_id": str(subscription.account_id)}

    assert_problem(stranger.get("/usage", **asked), status=404, code="not_found")
    refused = switch.get("/usage", **asked, start="2024-01-01", end="2026-01-01")
    assert_problem(refused, status=422, code="bad_usage_span")
