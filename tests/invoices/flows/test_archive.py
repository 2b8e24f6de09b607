"""All invoices as one file: printed once, packed with a list, for whoever may read them and nobody else."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.test import Client

from invoices.errors import NoInvoicesChosen, TooManyInvoices
from invoices.models import Invoice
from invoices.operations import prints
from provider.accounts.models import Account
from provider.kernel import jobs
from provider.kernel.actor import SYSTEM
from provider.kernel.clock import now
from provider.kernel.models import Job
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.factories import make_invoice

pytestmark = pytest.mark.django_db


def packed(client: Client, address: str, data: dict | None = None) -> zipfile.ZipFile:
    """Ask for the file, let the worker make it, and follow the link."""
    client.post(address, data or {})
    job = jobs.run_to_end(job_id=Job.objects.latest("recorded_at").id, at=now())
    assert (job.status, job.last_error) == ("done", "")
    page = client.get(f"/jobs/{job.id}/").content.decode()
    assert "Download the invoices" in page
    assert job.result is not None
    answer = client.get(f"/files/{job.result['file_id']}/", follow=True)
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_a_subscriber_gets_all_its_own_and_finance_what_the_list_shows() -> None:
    provider = make_account(name="The provider", portal="provider")
    account = make_account(name="=Hengtai", email="li@hengtai.example")
    mine = [make_invoice(account=account, amount_minor=30000 + number) for number in range(2)]
    other = make_invoice(account=make_account(name="Stranger"))
    owner = enter(Client(), make_member(account=account, portal="subscriber", role="owner"))
    finance = enter(Client(), make_member(account=provider, portal="provider", role="finance"))

    own = packed(owner, "/my/invoices/archive/")

    assert set(own.namelist()) == {"invoices.csv", *(f"invoice-{one.number_text}.pdf" for one in mine)}
    rows = list(csv.DictReader(io.StringIO(own.read("invoices.csv").decode("utf-8-sig"))))
    assert [(row["number"], row["account"], row["total"]) for row in rows] == [
        (mine[0].number_text, "'=Hengtai", "318.00"), (mine[1].number_text, "'=Hengtai", "318.01"),
    ]  # fmt: skip
    assert own.read(rows[0]["file"]).startswith(b"%PDF")
    chosen = packed(finance, "/operator/invoices/archive/", {"ids": [str(other.id)]})
    assert f"invoice-{other.number_text}.pdf" in chosen.namelist()
    assert len(chosen.namelist()) == 2


def test_nothing_and_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    account = make_account(name="Hengtai")
    owner = enter(Client(), make_member(account=account, portal="subscriber", role="owner"))
    assert owner.post("/my/invoices/archive/").status_code == 409
    with pytest.raises(NoInvoicesChosen):
        prints.start_archive(invoice_ids=[], by=SYSTEM, at=now())
    monkeypatch.setattr(prints, "ARCHIVED_AT_MOST", 1)
    ids = [make_invoice(account=account).id for _ in range(2)]
    with pytest.raises(TooManyInvoices):
        prints.start_archive(invoice_ids=ids, by=SYSTEM, at=now())
    assert (Invoice.objects.count(), Account.objects.filter(name="Hengtai").count()) == (2, 1)
