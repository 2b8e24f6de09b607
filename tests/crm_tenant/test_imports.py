"""Files become records: real ones of a hardware reseller where they are at hand, small ones of our own everywhere."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crm_tenant.models import Activity, Company, Deal, Import, ImportFile, Person, Salesperson, StageMove, Workspace
from crm_tenant.operations.imports import PURPOSE, start_import, take_files, undo_import
from crm_tenant.rules.importing import guess_kind, guess_mapping
from crm_tenant.rules.reading import decode, read_sheet
from plans.models import Entitlement
from provider.kernel import files, jobs
from provider.kernel.clock import now
from provider.kernel.models import Job
from provider.kernel.tenancy import inside
from tests.factories import AT
from tests.plans.factories import make_plan, make_subscription, make_version, publish_row

from .conftest import Office

DATA = Path(os.environ.get("PERENNIAL_DATA", "/nowhere")) / "crm_sales_opportunities"
DEALS = "Company,Deal name,Stage,Amount,Owner\nQinghe,24 seats,New,18720,Mei\nQinghe,More,Won,100,Mei\n"

pytestmark = pytest.mark.django_db


def take(office: Office, **texts: str | bytes) -> Import:
    uploads = [(f"{name}.csv", text if isinstance(text, bytes) else text.encode()) for name, text in texts.items()]
    return take_files(workspace=office.workspace, uploads=uploads, batch_id=None, by=office.by, at=AT)


def run(office: Office, batch: Import) -> Job:
    started = start_import(workspace=office.workspace, batch_id=batch.id, by=office.by, at=now())
    return jobs.run_to_end(job_id=started.job_id, at=now())


def problems(office: Office) -> list[tuple[int, str]]:
    with inside(workspace_id=office.workspace.id):
        return [(one["row"], one["text"]) for file in ImportFile.objects.all() for one in file.problems]


def test_deals_come_with_their_companies_and_owners(office: Office) -> None:
    job = run(office, take(office, deals=DEALS))
    assert (job.status, job.counts) == ("done", {"deals": 2, "companies": 1, "salespeople": 1})
    with inside(workspace_id=office.workspace.id):
        won = Deal.objects.get(status="won")
        assert (won.amount_minor, won.company.name, won.owner.name) == (10_000, "Qinghe", "Mei")
        assert won.owner.user_id is None
        assert StageMove.objects.count() == 2
        assert Activity.objects.filter(verb="record.imported").count() == 3
        assert Workspace.objects.get(pk=office.workspace.id).record_count == 1


def test_people_whom_deals_name_are_made_once_at_their_company(office: Office) -> None:
    rows = ("Qinghe,24 seats,New,1,Wang Wei", "Qinghe,More,New,2,WANG WEI", "Willow,x,New,3,")
    text = "\n".join(["Company,Deal name,Stage,Amount,Contact", *rows, ""])
    assert run(office, take(office, deals=text)).counts == {"deals": 3, "companies": 2, "people": 1}
    with inside(workspace_id=office.workspace.id):
        person = Person.objects.get()
        assert (person.name, person.company.name) == ("Wang Wei", "Qinghe")
        assert Deal.objects.filter(person=person).count() == 2
        assert Workspace.objects.get(pk=office.workspace.id).record_count == 3


def test_twice_the_same_file_makes_no_second_company(office: Office) -> None:
    text = "Company,Industry\nQinghe Co.,Trade\nQINGHE,Trade\n"
    assert run(office, take(office, a=text)).counts == {"companies": 1, "known": 1}
    assert run(office, take(office, a=text)).counts == {"known": 2}


def test_an_import_fills_the_plan_to_its_last_record_and_says_where_it_stopped(office: Office) -> None:
    version = make_version(plan=make_plan())
    Entitlement.objects.create(version=version, feature="records", limit=3, stops_at_limit=True)
    make_subscription(account=office.account, version=publish_row(version))
    rows = "".join(f"Firm {number},Trade\n" for number in range(5))
    job = run(office, take(office, firms=f"Company,Industry\n{rows}", deals=DEALS))
    assert (job.status, job.counts) == ("done", {"companies": 3, "left_out": 4})
    assert [(one["subject"], one["facts"]) for one in job.problems] == [("firms.csv, 5", {"limit": 3})]
    assert Workspace.objects.get(pk=office.workspace.id).record_count == 3


@pytest.mark.parametrize(
    ("encoding", "name"), [("gb18030", "GB18030"), ("big5", "Big5"), ("utf-16", "UTF-16"), ("utf-8-sig", "UTF-8")]
)
def test_each_way_of_writing_chinese_is_known(encoding: str, name: str) -> None:
    words = (
        "公司名稱,電話\n東方紡織有限公司,021\n大同工業,022\n"
        if encoding == "big5"
        else "公司名称,电话\n东方纺织有限公司,021\n"
    )
    text, found = decode(words.encode(encoding))
    assert (text, found) == (words, name)


def test_what_is_no_text_is_refused(rep: Client) -> None:
    for content in (bytes(range(128, 256)) * 9, b"\x81\xff\xff\x00" * 50):
        file = SimpleUploadedFile("a.csv", content, content_type="text/csv")
        body = rep.post("/crm/import/", {"csv_files": file}).content.decode()
        assert "form-error" in body, "neither as text nor as what its name says"


def test_quoted_line_breaks_stay_in_their_cell_and_blanks_go(office: Office) -> None:
    run(office, take(office, firms='Company,Address\n" Salvation  Army\n- Temple ","1 N Ogden\nAve"\n\nOther,\n'))
    with inside(workspace_id=office.workspace.id):
        assert list(Company.objects.order_by("name").values_list("name", "address")) == [
            ("Other", ""), ("Salvation Army - Temple", "1 N Ogden\nAve"),
        ]  # fmt: skip


def test_every_problem_is_named_by_its_row_and_leaves_the_others_alone(office: Office) -> None:
    text = "Company,E-mail,Employees\nOne,nobody,12\nTwo,a@b.cn,many\n,c@d.cn,1\nThree,e@f.cn,3,extra\nFour,,\n"
    batch = take(office, firms=text)
    found = problems(office)
    assert [row for row, _ in found] == [2, 3, 4, 5]
    job = run(office, batch)
    assert job.counts == {"companies": 3, "left_out": 2}
    assert job.problem_count == 4
    with inside(workspace_id=office.workspace.id):
        assert Company.objects.get(name="One").employee_count == 12


def test_numbers_that_no_company_has_and_days_that_are_none_leave_their_field_empty(office: Office) -> None:
    text = "Company,Employees\nOne,99999999999\nTwo,-4\nThree,１２\n"
    assert run(office, take(office, firms=text)).counts == {"companies": 3}
    with inside(workspace_id=office.workspace.id):
        assert list(Company.objects.order_by("id").values_list("employee_count", flat=True)) == [None, None, 12]
    deals = "Company,Deal name,Stage,Created\nQ,A,New,2026-13-45\n"
    assert run(office, take(office, deals=deals)).counts["deals"] == 1


def test_a_quotation_mark_that_is_never_closed_is_named_by_its_row(rep: Client) -> None:
    content = b'Company,Address\nOne,Road\nTwo,"Street\n' + b"x" * 1_000_100
    file = SimpleUploadedFile("firms.csv", content, content_type="text/csv")
    assert "From row 3 on" in rep.post("/crm/import/", {"csv_files": file}).content.decode()


def test_a_file_that_is_too_large_is_refused_with_the_limit(rep: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = files._purposes[PURPOSE]
    monkeypatch.setitem(files._purposes, PURPOSE, replace(rules, limit_bytes=1024 * 1024))
    file = SimpleUploadedFile("a.csv", b"Company\n" + b"Firm\n" * 300_000, content_type="text/csv")
    assert "larger than 1 MB" in rep.post("/crm/import/", {"csv_files": file}).content.decode()


def test_a_file_without_the_column_that_must_be_there_does_not_start(rep: Client, office: Office) -> None:
    batch = take(office, prices="series,price\nGTX,550\n")
    page = rep.get(f"/crm/import/{batch.id}/").content.decode()
    assert "A column is missing" in page
    answer = rep.post(f"/crm/import/{batch.id}/start/")
    assert answer.status_code == 422
    assert "has no column for: Name" in answer.content.decode()


def test_columns_are_mapped_by_hand_and_a_stage_is_chosen(rep: Client, office: Office) -> None:
    batch = take(office, deals="What,Stage,Worth\nPaper,Zed,5\n")
    with inside(workspace_id=office.workspace.id):
        file = ImportFile.objects.get()
    assert len(problems(office)) == 1
    form = {"kind": "deals", "column_0": "name", "column_1": "stage", "column_2": "amount"}
    rep.post(f"/crm/import/{batch.id}/{file.id}/", form)
    rep.post(f"/crm/import/{batch.id}/{file.id}/", form | {"stage_0": str(office.stages["Proposal"].id)})
    assert problems(office) == []
    answer = rep.post(f"/crm/import/{batch.id}/start/")
    jobs.run_to_end(job_id=Job.objects.get().id, at=now())
    assert rep.get(answer.headers["Location"]).status_code == 200
    with inside(workspace_id=office.workspace.id):
        assert Deal.objects.get().stage_id == office.stages["Proposal"].id


def test_an_import_is_taken_back_but_not_what_was_built_upon(rep: Client, office: Office) -> None:
    batch = take(office, deals=DEALS.replace("Qinghe,More", "Lianhua,More"))
    run(office, batch)
    with inside(workspace_id=office.workspace.id):
        deal = Deal.objects.get(status="open")
    rep.post(f"/crm/deals/{deal.id}/move/", {"stage": office.stages["Proposal"].id})
    undone = undo_import(workspace=office.workspace, batch_id=batch.id, is_over=True, by=office.by, at=AT)
    job = jobs.run_to_end(job_id=undone.job_id, at=now())
    assert job.counts == {"put_away": 2, "kept": 2}
    with inside(workspace_id=office.workspace.id):
        assert [one.name for one in Company.objects.filter(archived_at=None)] == ["Qinghe"]
        assert Workspace.objects.get(pk=office.workspace.id).record_count == 1


def test_the_sample_file_is_imported_as_it_is(rep: Client, office: Office) -> None:
    for language in ("en", "zh-hans", "zh-hant"):
        content = rep.get("/crm/import/sample/", headers={"Accept-Language": language}).content
        batch = take_files(
            workspace=office.workspace, uploads=[("deals.csv", content)], batch_id=None, by=office.by, at=AT
        )
        with inside(workspace_id=office.workspace.id):
            assert ImportFile.objects.get(batch=batch).problem_count == 0


def test_a_rep_may_not_import(client: Client) -> None:
    from tests.console.conftest import enter

    from .conftest import make_office

    enter(client, make_office(role="member").member)
    assert client.get("/crm/import/").status_code == 403


def test_a_cut_job_goes_on_where_it_was(office: Office) -> None:
    lines = "".join(f"Firm {number},Trade\n" for number in range(4_500))
    batch = take(office, firms=f"Company,Industry\n{lines}")
    started = start_import(workspace=office.workspace, batch_id=batch.id, by=office.by, at=AT)
    assert started.job_id
    token = jobs.claim(job_id=started.job_id, at=now())
    assert token is not None
    assert jobs.run_chunk(job_id=started.job_id, token=token, at=now())
    jobs.hand_over(job_id=started.job_id, token=token, at=now())
    job = jobs.run_to_end(job_id=started.job_id, at=now())
    assert (job.handled, job.counts) == (4_500, {"companies": 4_500})


@pytest.mark.skipif(not DATA.exists(), reason="PERENNIAL_DATA names no folder with the public data sets")
def test_the_files_of_the_hardware_reseller(office: Office) -> None:
    names = ("accounts", "sales_teams", "sales_pipeline")
    files: dict[str, Any] = {name: (DATA / f"{name}.csv").read_bytes() for name in names}
    assert [guess_kind(read_sheet(files[name]).columns) for name in names] == ["companies", "salespeople", "deals"]
    job = run(office, take(office, **files))
    assert (job.status, job.counts) == ("done", {"companies": 85, "salespeople": 35, "deals": 8_800})
    with inside(workspace_id=office.workspace.id):
        assert (Company.objects.count(), Person.objects.count()) == (85, 0)
        assert Salesperson.objects.filter(user_id=None).count() == 35
        assert Deal.objects.filter(company=None).count() == 1_425
        assert Deal.objects.filter(status="open").count() == 2_089
        assert Company.objects.exclude(parent=None).count() == 15


def test_an_opportunity_file_is_understood_without_help() -> None:
    columns = [
        "opportunity_id",
        "sales_agent",
        "product",
        "account",
        "deal_stage",
        "engage_date",
        "close_date",
        "close_value",
    ]
    found = guess_mapping(columns, kind="deals")
    assert [found[str(number)] for number in range(8)] == [
        "external_ref", "owner", "name", "company", "stage", "created_on", "closed_on", "amount",
    ]  # fmt: skip
