"""Machines move subscribers to a newer version as operators do: seen first, then confirmed, and read as it goes."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.models import Stretch
from provider.accounts.models import Account
from provider.kernel import clock, jobs
from tests.api.conftest import assert_problem, caller_for, make_account
from tests.invoices.moving import FEB_5, customer, make_moving_stage, make_newer

pytestmark = pytest.mark.django_db


def test_a_machine_sees_what_a_move_does_confirms_it_and_reads_how_it_ended() -> None:
    stage = make_moving_stage()
    newer = make_newer(stage)
    alone, three = customer(stage, "Alone"), customer(stage, "Three", seats=3)
    Account.objects.filter(id__in=[alone.account_id, three.account_id]).update(test_clock_at=FEB_5)
    machine = caller_for(stage.seller.account, portal="provider")
    wish = {"from_version_ids": [str(stage.versions["team"].id)], "when": "now"}

    made = machine.post(f"/plan-versions/{newer.id}/moves", wish)
    assert (made.status_code, made.json()["state"], made.json()["total"]) == (201, "looking", 2)
    address = f"/moves/{made.json()['id']}"
    early = machine.post(f"{address}/confirm", {"reason": "Prices of 2026"})
    assert_problem(early, status=409, code="move_not_seen")
    jobs.run_to_end(job_id=made.json()["job_id"], at=clock.now())

    seen = machine.get(address).json()
    assert (seen["state"], seen["outcomes"]) == ("seen", {"ready": 1, "blocked": 1})
    assert [(one["before"], one["after"], one["billed_at_once"]) for one in seen["totals"]] == [
        ("100.00", "131.00", "42.26")
    ]
    blocked = machine.get(f"{address}/lines", outcome="blocked").json()["items"]
    assert [(one["account"], one["code"]) for one in blocked] == [("Three", "too_many_for_plan")]
    assert blocked[0]["detail"]

    confirmed = machine.post(f"{address}/confirm", {"reason": "Prices of 2026"}, key="confirm-1")
    again = machine.post(f"{address}/confirm", {"reason": "Prices of 2026"}, key="confirm-1")
    assert (confirmed.json()["state"], again.json()) == ("moving", confirmed.json())
    jobs.run_to_end(job_id=confirmed.json()["job_id"], at=clock.now())
    done = machine.get(address).json()
    assert (done["state"], done["outcomes"]) == ("done", {"moved": 1, "blocked": 1})
    assert Stretch.objects.filter(subscription=alone).latest("position").version_id == newer.id
    twice = machine.post(f"{address}/confirm", {"reason": "Prices of 2026"})
    assert_problem(twice, status=409, code="move_confirmed_already")
    with CaptureQueriesContext(connection) as of_one:
        assert len(machine.get(f"/plan-versions/{newer.id}/moves").json()["items"]) == 1
    machine.post(f"/plan-versions/{newer.id}/moves", wish)
    with CaptureQueriesContext(connection) as of_two:
        assert len(machine.get(f"/plan-versions/{newer.id}/moves").json()["items"]) == 2
    assert len(of_two) <= len(of_one)

    stranger = caller_for(make_account("Hengtai"))
    assert_problem(stranger.get(address), status=404, code="not_found")
    assert stranger.post(f"{address}/confirm", {"reason": "Mine"}).status_code == 403
