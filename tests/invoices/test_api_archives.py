"""Machines take all invoices away as one file: those that the key reads, packed by the worker, for nobody else."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from invoices.models import Invoice
from invoices.operations import prints
from provider.accounts.models import Account
from provider.kernel import jobs
from provider.kernel.clock import now
from provider.kernel.models import AuditRow, Job
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.factories import make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return make_account(name="Hengtai", email="li@hengtai.example")


def names_in(caller: Caller, archive_id: str) -> set[str]:
    answer = caller.get(f"/invoice-archives/{archive_id}/zip")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    return set(zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist())


def test_a_subscriber_takes_its_own_once_they_are_packed(account: Account) -> None:
    mine = [make_invoice(account=account, amount_minor=30000 + i) for i in range(2)]
    make_invoice(account=make_account(name="Stranger"))
    caller = caller_for(account)

    made = caller.post("/invoice-archives", {}, key="pack-1")
    assert (made.status_code, made.json()["status"], made.json()["count"]) == (201, "queued", 2)
    archive = f"/invoice-archives/{made.json()['id']}"
    assert caller.post("/invoice-archives", {}, key="pack-1").json() == made.json()
    assert_problem(caller.get(f"{archive}/zip"), status=409, code="archive_not_ready")
    jobs.run_to_end(job_id=Job.objects.get().id, at=now())

    done = caller.get(archive).json()
    assert (done["status"], done["printed"]) == ("done", 2)
    assert done["expires_at"]
    assert names_in(caller, done["id"]) == {"invoices.csv", *(f"invoice-{one.number_text}.pdf" for one in mine)}
    assert AuditRow.objects.get(verb="invoices.archived").after == {"count": 2}


def test_the_provider_chooses_by_account_days_and_number(provider: Account, account: Account) -> None:
    first, second = (make_invoice(account=account) for _ in range(2))
    other = make_invoice(account=make_account(name="Another"))
    machine = caller_for(provider, portal="provider")
    day = other.issued_on
    assert day is not None
    after = (day + timedelta(days=1)).isoformat()

    def count(**wish: Any) -> int:
        return int(machine.post("/invoice-archives", wish).json()["count"])

    assert count() == 3
    assert count(account_id=str(account.pk)) == 2
    assert count(invoice_ids=[str(second.pk), str(other.pk)]) == 2
    assert count(issued_from=day.isoformat(), issued_until=day.isoformat(), account_id=str(account.pk)) == 2
    nothing = machine.post("/invoice-archives", {"issued_from": after})
    assert_problem(nothing, status=409, code="no_invoices_chosen")
    missing = machine.post("/invoice-archives", {"invoice_ids": [str(first.pk), str(uuid4())]})
    assert_problem(missing, status=404, code="not_found")
    assert missing.json()["errors"][0]["pointer"] == "#/invoice_ids"
    assert Job.objects.count() == 4


def test_strangers_and_test_keys_get_nothing(provider: Account, account: Account) -> None:
    invoice = make_invoice(account=account)
    made = caller_for(account).post("/invoice-archives", {}).json()
    real = caller_for(provider, portal="provider").post("/invoice-archives", {}).json()
    jobs.run_to_end(job_id=real["id"], at=now())
    stranger = caller_for(make_account(name="Stranger"))
    tester = caller_for(provider, portal="provider", is_test=True)

    for caller, archive in ((stranger, made), (tester, real), (caller_for(account), real)):
        for address in (f"/invoice-archives/{archive['id']}", f"/invoice-archives/{archive['id']}/zip"):
            assert_problem(caller.get(address), status=404, code="not_found")
    refused = stranger.post("/invoice-archives", {"invoice_ids": [str(invoice.pk)]})
    assert_problem(refused, status=404, code="not_found")


@pytest.mark.parametrize(
    ("sent", "code", "pointer"),
    [
        ({"invoice_ids": ["x"]}, "not_id", "#/invoice_ids/0"),
        ({"issued_from": "tomorrow"}, "not_day", "#/issued_from"),
        ({"issued_until": "0001-01-01"}, "too_small", "#/issued_until"),
        ({"month": "2026-01"}, "unknown_member", "#/month"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(
    account: Account, sent: dict[str, Any], code: str, pointer: str
) -> None:
    make_invoice(account=account)
    problem = caller_for(account).post("/invoice-archives", sent).json()
    assert [(one["code"], one["pointer"]) for one in problem["errors"]] == [(code, pointer)]
    assert not Job.objects.exists()


def test_a_few_files_are_packed_at_a_time_and_each_account_has_its_own(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "PACKED_AT_ONCE", 2)
    rival = make_account(name="Rival")
    for one in (account, rival):
        make_invoice(account=one)
    caller = caller_for(account)
    made = [caller.post("/invoice-archives", {}).json()["id"] for _ in range(2)]

    assert_problem(caller.post("/invoice-archives", {}), status=409, code="archives_under_way")
    assert Job.objects.count() == 2
    assert caller_for(rival).post("/invoice-archives", {}).status_code == 201
    jobs.run_to_end(job_id=made[0], at=now())
    assert caller.post("/invoice-archives", {}).status_code == 201


def test_one_file_takes_no_more_than_it_can(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "ARCHIVED_AT_MOST", 1)
    for _ in range(2):
        make_invoice(account=account)
    assert_problem(caller_for(account).post("/invoice-archives", {}), status=422, code="too_many_invoices")
    assert (Invoice.objects.count(), Job.objects.count()) == (2, 0)
