"""Machines start billing, try it, watch and stop it, and have parked accounts billed again."""

from __future__ import annotations

import pytest

from invoices.errors import NoSeller
from invoices.operations import runs
from provider.accounts.models import Account
from provider.kernel import clock, jobs
from provider.kernel.actor import SYSTEM
from provider.kernel.models import Job
from tests.api.conftest import assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.operations.test_runs import customers

pytestmark = pytest.mark.django_db


def test_a_machine_tries_a_run_starts_it_reads_what_it_came_to_and_cancels_another() -> None:
    stage, ids = customers(2)
    Account.objects.filter(id__in=ids).update(is_test=False)
    machine = caller_for(stage.seller.account, portal="provider")
    tried = machine.post("/billing-runs", {"is_dry": True})
    assert (tried.status_code, tried.json()["state"], tried.json()["due"]) == (201, "under_way", 2)
    jobs.run_to_end(job_id=tried.json()["job_id"], at=clock.now())
    dry = machine.get(f"/billing-runs/{tried.json()['id']}").json()
    assert (dry["state"], dry["is_dry"], dry["accounts"], dry["largest"]) == ("done", True, 2, [])
    assert {one["account_id"] for one in dry["tried"]} == {str(one) for one in ids}
    assert sum(float(one["amount"]) for one in dry["tried"]) == float(dry["totals"][0]["amount"]) > 0

    started = machine.post("/billing-runs", {}, key="run-1")
    assert machine.post("/billing-runs", {}, key="run-1").json() == started.json()
    assert_problem(machine.post("/billing-runs", {}), status=409, code="run_under_way")
    jobs.run_to_end(job_id=started.json()["job_id"], at=clock.now())
    done = machine.get(f"/billing-runs/{started.json()['id']}").json()
    assert (done["state"], done["invoices"], done["totals"]) == ("done", dry["invoices"], dry["totals"])
    assert {one["account_id"] for one in done["largest"]} <= {str(one) for one in ids}
    assert_problem(machine.post("/billing-runs", {}), status=409, code="nothing_due")
    assert_problem(machine.post(f"/billing-runs/{done['id']}/cancel", {}), status=409, code="run_not_cancellable")

    other = machine.post("/billing-runs", {"is_dry": True}).json()
    assert machine.post(f"/billing-runs/{other['id']}/cancel", {}).json()["state"] == "cancelled"
    first = machine.get("/billing-runs", is_dry="true", limit=1).json()
    assert [one["id"] for one in first["items"]] == [other["id"]]
    assert "is_dry=true" in first["next"]
    assert [one["id"] for one in machine.get("/billing-runs", is_dry="false").json()["items"]] == [done["id"]]


def test_a_test_key_runs_no_billing_of_real_customers_and_a_subscriber_none_at_all() -> None:
    provider = make_account(name="The provider", portal="provider")
    tester = caller_for(provider, portal="provider", is_test=True)

    assert_problem(tester.post("/billing-runs", {}), status=404, code="not_found")
    assert tester.get("/billing-runs").json()["items"] == []
    subscriber = caller_for(make_account(name="Hengtai"))
    assert_problem(subscriber.get("/billing-runs"), status=403, code="scope_missing")


def test_a_machine_reads_why_accounts_are_parked_and_has_them_billed_again() -> None:
    provider = make_account(name="The provider", portal="provider")
    one, two = (make_account(name=name) for name in ("Hengtai", "Linden"))
    machine = caller_for(provider, portal="provider")
    assert_problem(machine.post("/parked-accounts/retry", {}), status=409, code="nothing_parked")
    rows = [
        runs.park(account_id=account.id, failure=NoSeller(), run_id=None, by=SYSTEM, at=clock.now())
        for account in (one, two)
    ]

    listed = machine.get("/parked-accounts").json()["items"]
    assert {row["account"] for row in listed} == {"Hengtai", "Linden"}
    assert (listed[0]["code"], listed[0]["state"], listed[0]["tries"]) == ("no_seller", "parked", 1)
    assert listed[0]["detail"]
    assert caller_for(provider, portal="provider", is_test=True).get("/parked-accounts").json()["items"] == []

    address = f"/parked-accounts/{rows[0].id}"
    assert machine.post(f"{address}/retry", {}).json()["state"] == "billed"
    assert_problem(machine.post(f"{address}/retry", {}), status=409, code="not_parked")
    started = machine.post("/parked-accounts/retry", {})
    assert (started.status_code, started.json()["count"]) == (201, 1)
    jobs.run_to_end(job_id=Job.objects.get(pk=started.json()["job_id"]).id, at=clock.now())
    assert machine.get(f"/parked-accounts/{rows[1].id}").json()["state"] == "billed"
    cleared = machine.get("/parked-accounts", state="billed", account_id=str(two.id)).json()["items"]
    assert [row["id"] for row in cleared] == [str(rows[1].id)]
