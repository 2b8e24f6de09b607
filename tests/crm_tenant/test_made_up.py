"""A workspace is filled by the import's own way: counted, metered, the same again."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Sum
from django.test import Client

from crm_tenant.models import Company, Deal, ImportFile, Task, Workspace
from crm_tenant.operations.imports import start_import, take_files
from crm_tenant.operations.made_up import fill_with_made_up
from provider.kernel import jobs
from provider.kernel.clock import now
from provider.kernel.tenancy import inside
from tests.factories import AT

from .conftest import Office, make_office

pytestmark = pytest.mark.django_db


def standing(office: Office) -> list[tuple[str, int, int]]:
    with inside(workspace_id=office.workspace.id):
        rows = Deal.objects.values_list("stage__position").annotate(count=Count("id"), sum=Sum("amount_minor"))
        return sorted(rows)


def test_the_same_seed_fills_alike_and_twice_adds_nothing(office: Office) -> None:
    other = make_office(name="Other")
    made = fill_with_made_up(workspace=office.workspace, deals=400, by=office.by, at=AT)
    assert (made["deals"], made["companies"], made["salespeople"]) == (400, 100, 2)
    fill_with_made_up(workspace=other.workspace, deals=400, by=other.by, at=AT)
    assert standing(office) == standing(other)
    again = fill_with_made_up(workspace=office.workspace, deals=400, by=office.by, at=AT)
    assert again.get("deals", 0) == again.get("companies", 0) == 0
    with inside(workspace_id=office.workspace.id):
        assert {deal.status for deal in Deal.objects.all()} == {"open", "won", "lost"}
        assert Deal.objects.filter(company=None).count() == Deal.objects.filter(person=None).count() == 0
        assert 0 < Task.objects.count() < Deal.objects.filter(status="open").count()
        assert Workspace.objects.get(pk=office.workspace.id).record_count == made["companies"] + made["people"]


def test_the_command_fills_an_account_by_name(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("fill_crm", "Huacheng Sales", deals=40, language="zh-hans", dry_run=True)
    call_command("fill_crm", "Huacheng Sales", deals=40, language="zh-hans")
    assert "deals: 40" in capsys.readouterr().out
    with inside(workspace_id=office.workspace.id):
        assert "有限公司" in "".join(Company.objects.values_list("name", flat=True))
    for named in ("Nobody", str(AT)):
        with pytest.raises(CommandError):
            call_command("fill_crm", named)


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_the_large_file_is_imported_as_it_is(rep: Client, language: str) -> None:
    office = make_office(name="In its language", language=language)
    content = rep.get("/crm/import/sample/?deals=300", headers={"Accept-Language": language}).content
    batch = take_files(
        workspace=office.workspace, uploads=[("deals.csv", content)], batch_id=None, by=office.by, at=now()
    )
    with inside(workspace_id=office.workspace.id):
        file = ImportFile.objects.get(batch=batch)
    assert (file.problem_count, file.row_count) == (0, 300)
    started = start_import(workspace=office.workspace, batch_id=batch.id, by=office.by, at=now())
    assert jobs.run_to_end(job_id=started.job_id, at=now()).counts["deals"] == 300
