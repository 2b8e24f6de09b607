"""Machines keep stories with plans and replay versions, as operators do on their pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.models import Story
from provider.accounts.models import Account
from provider.kernel import clock, jobs, outbox
from tests.api.conftest import Caller, assert_problem, caller_for, make_account, make_key
from tests.plans.replaying import Two, last_month, subscribe

pytestmark = pytest.mark.django_db
STORY = """\
story: A first month
timezone: Asia/Shanghai
currency: CNY
steps:
  - {{at: 2026-01-01, do: subscribe, plan: {plan}}}
  - {{at: 2026-02-01, do: bill}}
expect:
  - {{at: 2026-01-01, invoice: 1, total: "{total}"}}
"""


def test_a_story_is_kept_played_changed_and_dropped(machine: Caller, versions: Two) -> None:
    plan = versions[0].plan
    kept = machine.post(f"/plans/{plan.id}/stories", {"content": STORY.format(plan="team", total="79.00")})
    assert (kept.status_code, kept.json()["state"]) == (201, "waiting")
    outbox.drain()

    address = f"/stories/{kept.json()['id']}"
    failed = machine.get(address).json()
    assert (failed["state"], failed["version_id"]) == ("failed", str(versions[1].id))
    assert [(one["expected"], one["got"]) for one in failed["differences"]] == [("79.00", "80.00")]
    assert failed["billed"]["documents"][0]["total"] == "80.00"

    machine.post(f"{address}/content", {"content": STORY.format(plan="team", total="80.00")})
    outbox.drain()
    listed = machine.get(f"/plans/{plan.id}/stories").json()["items"]
    assert [(one["title"], one["state"]) for one in listed] == [("A first month", "passed")]
    assert machine.post(f"/plans/{plan.id}/stories/play").json()["count"] == 1

    assert_problem(machine.post(f"{address}/content", {"content": "story: ["}), status=422, code="story_unreadable")
    assert machine.post(f"{address}/drop", {"reason": "Done"}).json()["title"] == "A first month"
    assert not Story.objects.exists()


def test_a_draft_is_replayed_over_a_month(machine: Caller, versions: Two) -> None:
    subscribe(versions[0], name="Hengtai", calls=10)
    body = {"month": last_month().isoformat()}
    made = machine.post(f"/plan-versions/{versions[1].id}/replays", body, key="once")
    again = machine.post(f"/plan-versions/{versions[1].id}/replays", body, key="once")
    assert made.status_code == 201
    assert again.json()["id"] == made.json()["id"]
    jobs.run_to_end(job_id=made.json()["job_id"], at=clock.now())

    read = machine.get(f"/replays/{made.json()['id']}").json()
    assert (read["status"], read["handled"], read["is_outdated"]) == ("done", 1, False)
    assert [(one["before"], one["after"], one["less"]) for one in read["totals"]] == [("105.00", "90.00", 1)]
    lines = machine.get(f"/replays/{made.json()['id']}/lines").json()["items"]
    assert [(one["account"], one["charges"]["calls"]) for one in lines] == [("Hengtai", ["5.00", "10.00"])]

    def listed() -> list[dict[str, object]]:
        found: list[dict[str, object]] = machine.get(f"/plan-versions/{versions[1].id}/replays").json()["items"]
        return found

    with CaptureQueriesContext(connection) as of_one:
        assert [one["id"] for one in listed()] == [read["id"]]
    machine.post(f"/plan-versions/{versions[1].id}/replays", body, key="twice")
    with CaptureQueriesContext(connection) as of_two:
        assert len(listed()) == 2
    assert len(of_two) <= len(of_one)

    open_month = {"month": clock.now().date().isoformat()}
    refused = machine.post(f"/plan-versions/{versions[1].id}/replays", open_month)
    assert_problem(refused, status=422, code="replay_month_open")


def test_only_the_providers_own_real_keys_may(provider: Account, versions: Two) -> None:
    plan, version = versions[0].plan, versions[1]
    stranger = caller_for(make_account("Hengtai"))
    tester = caller_for(provider, portal="provider")
    tester.secret = make_key(provider, portal="provider", is_test=True)[1]
    for caller in (stranger, tester):
        assert_problem(caller.get(f"/plans/{plan.id}/stories"), status=404, code="not_found")
        assert_problem(caller.get(f"/plan-versions/{version.id}/replays"), status=404, code="not_found")
    wish: dict[str, Any] = {"content": STORY.format(plan="team", total="1")}
    assert stranger.post(f"/plans/{plan.id}/stories", wish).status_code == 403
    assert_problem(tester.post(f"/plans/{plan.id}/stories", wish), status=404, code="not_found")
