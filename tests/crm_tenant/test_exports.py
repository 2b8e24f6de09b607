"""Everything in a workspace goes into its export, whatever state the account is in, and nothing of another's."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.test import Client

from crm_tenant.models import Company, Import, ImportFile, Pipeline, Seat
from crm_tenant.models.base import InWorkspace
from crm_tenant.operations import exporting
from crm_tenant.operations.customers import (
    CompanyDetails,
    PersonDetails,
    archive_customer,
    create_company,
    create_person,
)
from crm_tenant.operations.deals import DealDetails, create_deal, move_deal
from crm_tenant.operations.work import TaskDetails, plan_task, write_note
from crm_tenant.rules.exporting import PARTS, csv_cell
from provider.kernel import files, jobs
from provider.kernel.clock import now
from provider.kernel.models import AuditRow, Job, StoredFile
from tests.console.conftest import enter
from tests.factories import AT, make_member
from tests.plans.factories import open_access

from .conftest import Office, make_office

pytestmark = pytest.mark.django_db


def fill(office: Office, *, name: str) -> None:
    given: dict[str, Any] = {"workspace_id": office.workspace.id, "by": office.by, "at": AT}
    details = CompanyDetails(name=name, phones=["+86 21 5555 1234"], address="1 Road\nTower 2", owner_id=office.me.id)
    company = create_company(details=details, **given)
    person = create_person(details=PersonDetails(name=f"=cmd {name}", company_id=company.id), **given)
    deal = create_deal(
        details=DealDetails(name=f"{name} 甲", amount_minor=123_450, company_id=company.id, person_id=person.id),
        stage_id=office.stages["New"].id, **given,
    )  # fmt: skip
    move_deal(deal_id=deal.id, stage_id=office.stages["Won"].id, **given)
    plan_task(kind="deal", record_id=deal.id, details=TaskDetails(kind="call", due_at=AT), **given)
    write_note(kind="deal", record_id=deal.id, text="They said “yes”", **given)
    archive_customer(model=Company, record_id=create_company(details=CompanyDetails(name="Gone"), **given).id, **given)


def read(job: Job) -> zipfile.ZipFile:
    stored = StoredFile.objects.get(pk=(job.result or {})["file_id"])
    with files.open_file(stored) as opened:
        return zipfile.ZipFile(io.BytesIO(opened.read()))


def exported(client: Client) -> Job:
    assert client.post("/crm/export/").status_code == 302
    return jobs.run_to_end(job_id=Job.objects.filter(kind="crm.export").latest("queued_at").id, at=now())


def test_everything_is_in_it_and_nothing_of_another_workspace(
    rep: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "ROWS", 2)  # so that parts have several files
    fill(office, name="Qinghe")
    fill(make_office(name="Rival"), name="Secret")
    assert "Export everything" in rep.get("/crm/export/").content.decode()
    job = exported(rep)
    assert (job.status, job.counts["companies"], job.handled) == ("done", 2, job.total)
    archive = read(job)
    assert set(archive.namelist()) == {f"{part}.{kind}" for part in PARTS for kind in ("csv", "json")} | {"about.json"}
    raw = archive.read("companies.csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [row["Company"] for row in rows] == ["Qinghe", "Gone"]
    assert (rows[0]["Telephone"], rows[0]["Address"], bool(rows[1]["Put away"])) == (
        "+86 21 5555 1234", "1 Road\nTower 2", True,
    )  # fmt: skip
    deal = json.loads(archive.read("deals.json"))[0]
    assert (deal["amount"], deal["stage"], deal["company"]) == ("1234.50", "Won", "Qinghe")
    assert "'=cmd Qinghe" in archive.read("people.csv").decode("utf-8-sig"), "no formula runs"
    assert len(json.loads(archive.read("moves.json"))) == 2
    assert json.loads(archive.read("notes.json"))[0]["text"] == "They said “yes”"
    assert all("Secret" not in archive.read(name).decode("utf-8-sig") for name in archive.namelist())
    assert AuditRow.objects.filter(verb="export.started").count() == 1
    link = files.link(StoredFile.objects.get(pk=job.result["file_id"]), at=now(), lasts=timedelta(minutes=5))
    assert Client().get(link).status_code == 200


def test_the_owner_of_a_dormant_account_exports_and_staff_do_not(client: Client, office: Office) -> None:
    fill(office, name="Qinghe")
    open_access(office.account, state="dormant")
    enter(client, office.member)
    assert "/crm/export/" in client.get("/crm/").content.decode()
    assert client.get("/crm/export/").status_code == 200
    assert exported(client).status == "done"
    for role, status in (("manager", 402), ("member", 403)):
        enter(client, make_member(account=office.account, portal="subscriber", role=role))
        assert client.post("/crm/export/").status_code == status


def test_one_at_a_time(rep: Client) -> None:
    assert rep.post("/crm/export/").status_code == 302
    assert rep.post("/crm/export/").status_code == 409
    assert Job.objects.filter(kind="crm.export").count() == 1


def test_every_table_and_every_field_of_a_workspace_is_exported() -> None:
    by_id = {Import, ImportFile, Pipeline, Seat}  # how rows came in; a stage names its pipeline; the team has the seats
    derived = {"id", "workspace_id", "search_text", "match_key", "amount_minor"}
    tables = {model for model in apps.get_app_config("crm_tenant").get_models() if issubclass(model, InWorkspace)}
    assert set(exporting.MODELS.values()) | by_id == tables
    for part, model in exporting.MODELS.items():
        told = {column.source.replace("__name", "_id") for column in PARTS[part]} | derived
        missing = {field.attname for field in model._meta.concrete_fields} - told
        assert not missing, (part, missing)


@pytest.mark.parametrize(
    ("value", "kind", "cell"),
    [
        ("2026-03-02T09:00:00+00:00", "instant", "2026-03-02 17:00:00"),
        (["a", "b"], "several", "a, b"),
        ("+86 755 2345", "text", "+86 755 2345"),
        ("+SUM(A1)", "text", "'+SUM(A1)"),
        ({"区": 1}, "data", '{"区": 1}'),
        (None, "text", ""),
    ],
)
def test_how_a_value_stands_in_a_cell(value: Any, kind: Any, cell: str) -> None:
    assert csv_cell(value, kind=kind, zone=ZoneInfo("Asia/Shanghai")) == cell
