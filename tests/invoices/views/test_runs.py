"""Operators watch billing: start it, try it, and look after the accounts that are parked."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.errors import NoSeller
from invoices.models import BillingRun, ParkedAccount
from invoices.operations import runs
from provider.accounts.models import Account
from provider.kernel import jobs
from provider.kernel.actor import SYSTEM
from provider.kernel.clock import now
from provider.kernel.models import Job
from tests.factories import AT
from tests.plans.factories import make_subscription

pytestmark = pytest.mark.django_db


def test_a_run_is_tried_started_refused_a_second_time_and_cancelled(finance: Client, provider: Account) -> None:
    assert "Nothing is due" in finance.get("/operator/billing/").content.decode()
    tried = finance.post("/operator/billing/try/", follow=True).content.decode()
    assert "Nothing was billed" in tried
    assert "Bill now" not in finance.get("/operator/billing/").content.decode()
    idle = finance.post("/operator/billing/start/", follow=True).content.decode()
    assert "Nothing is due now, so no run was made." in idle
    make_subscription(next_due_at=AT)
    assert "Bill now" in finance.get("/operator/billing/").content.decode()
    finance.post("/operator/billing/start/")
    run = BillingRun.objects.get(is_dry=False)

    again = finance.post("/operator/billing/start/")

    assert again.status_code == 409
    assert "A billing run is under way" in again.content.decode()
    assert "A run is under way" in finance.get("/operator/billing/").content.decode()
    page = finance.get(f"/operator/billing/runs/{run.id}/").content.decode()
    assert "Under way" in page
    assert "Cancel the job" in page
    finance.post(f"/operator/billing/runs/{run.id}/cancel/")
    assert "Cancelled" in finance.get(f"/operator/billing/runs/{run.id}/").content.decode()


def test_a_parked_account_shows_its_reason_and_is_tried_again(finance: Client, account: Account) -> None:
    runs.park(account_id=account.id, failure=NoSeller(), run_id=None, by=SYSTEM, at=now())
    row = ParkedAccount.objects.get()
    assert "Nobody is set up to bill" in finance.get("/operator/billing/parked/").content.decode()
    page = finance.get(f"/operator/billing/parked/{row.id}/").content.decode()
    assert "Could not be billed" in page

    job = finance.post("/operator/billing/parked/retry/", {"whom": "everybody"})
    jobs.run_to_end(job_id=Job.objects.latest("queued_at").id, at=now())

    assert job.status_code == 302
    assert "Billed again" in finance.get(f"/operator/billing/parked/{row.id}/").content.decode()
    assert finance.post(f"/operator/billing/parked/{row.id}/retry/").status_code == 409
    assert "Hengtai" in finance.get("/operator/billing/parked/?state=cleared").content.decode()
    assert finance.post("/operator/billing/parked/retry/", {"ids": ["nonsense"]}).status_code == 409
