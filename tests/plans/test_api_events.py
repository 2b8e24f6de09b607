"""Machines read the events behind the figures, and who uses most of a meter."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plans.models import Meter
from plans.operations.corrections import correct_event
from plans.queries.corrections import access_told_event
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from tests.api.conftest import Caller, assert_problem, caller_for, make_account
from tests.plans.factories import make_metered_subscription

from .test_api import told

pytestmark = pytest.mark.django_db


def test_events_are_read_page_by_page_and_those_taken_back_say_so(machine: Caller) -> None:
    subscription = make_metered_subscription("calls", code="main")
    for event_id, value in (("1", 2), ("2", "3.5"), ("3", 1)):
        machine.post("/usage", told(subscription, event_id, value=value))
    account = str(subscription.account_id)
    known = access_told_event(account_id=subscription.account_id, source="switch-1", event_id="2")
    correct_event(known=known, reason="Told in error", by=SYSTEM, at=clock.now())

    first = machine.get("/usage/events", account_id=account, meter="calls", limit=3).json()
    rest = machine.client.get(first["next"], headers=machine._headers({})).json()
    events = [*first["items"], *rest["items"]]
    assert len(events) == 4
    assert {(one["id"], one["value"], one["is_corrected"]) for one in events if one["source"] == "switch-1"} == {
        ("1", "2", False), ("2", "3.5", True), ("3", "1", False),
    }  # fmt: skip
    assert machine.get("/usage/events", account_id=account, meter="seats").json()["items"] == []

    own = caller_for(subscription.account)
    assert len(own.get("/usage/events").json()["items"]) == 4
    stranger = caller_for(make_account("Stranger"))
    assert_problem(stranger.get("/usage/events", account_id=account), status=404, code="not_found")
    today = clock.now().date()
    far = {"start": (today - timedelta(days=400)).isoformat(), "end": today.isoformat()}
    assert_problem(machine.get("/usage/events", account_id=account, **far), status=422, code="bad_usage_span")


def test_who_uses_most_of_a_meter_is_told_to_its_seller_alone(machine: Caller) -> None:
    subscription = make_metered_subscription("calls", code="main")
    seller = caller_for(Meter.objects.get().seller, portal="provider")
    machine.post("/usage", told(subscription, value="2.5"))
    address = f"/meters/{Meter.objects.get().pk}/use"

    (most,) = seller.get(address).json()["accounts"]
    assert (most["account_id"], most["events"], most["quantity"]) == (str(subscription.account_id), 1, "2.5")
    assert seller.get(address, start="2020-01-01", end="2020-02-01").json()["accounts"] == []
    for stranger in (machine, caller_for(subscription.account)):
        assert_problem(stranger.get(address), status=404, code="not_found")
