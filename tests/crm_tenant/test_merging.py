"""Two records that are one: everything goes along, nothing is counted twice, and all of it can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from crm_tenant.models import Activity, Company, Deal, Merge, Note, Person, Task, Workspace
from crm_tenant.operations.customers import CompanyDetails, PersonDetails, create_company, create_person
from crm_tenant.operations.deals import DealDetails, create_deal
from crm_tenant.operations.merging import PLACES, merge_customers, undo_merge
from crm_tenant.operations.work import TaskDetails, plan_task, write_note
from provider.kernel.errors import Refusal
from provider.kernel.tenancy import inside
from tests.factories import AT

from .conftest import Office

pytestmark = pytest.mark.django_db


def given(office: Office) -> dict[str, Any]:
    return {"workspace_id": office.workspace.id, "by": office.by, "at": AT}


def two(office: Office) -> tuple[Company, Company]:
    """Two companies that are the same; the second has a deal, a person, a note, a step and a daughter."""
    kept = create_company(details=CompanyDetails(name="Lianhua", phones=["021 5550 0001"]), **given(office))
    details = CompanyDetails(name="Lianhua Motors", phones=["021 5550 0002"], website="lianhua.example")
    gone = create_company(details=details, **given(office))
    person = create_person(details=PersonDetails(name="Wang Wei", company_id=gone.id), **given(office))
    create_company(details=CompanyDetails(name="Daughter", parent_id=gone.id), **given(office))
    told = DealDetails(name="24 seats", company_id=gone.id, person_id=person.id)
    deal = create_deal(details=told, stage_id=office.stages["New"].id, **given(office))
    write_note(kind="company", record_id=gone.id, text="Prefers calls", **given(office))
    plan_task(kind="deal", record_id=deal.id, details=TaskDetails(kind="call", due_at=AT), **given(office))
    return kept, gone


def references(model: Any) -> set[tuple[Any, str]]:
    """Every field of the CRM that names a record of this kind."""
    return {
        (holder, field.name)
        for holder in apps.get_app_config("crm_tenant").get_models()
        for field in holder._meta.concrete_fields
        if field.related_model is model
    }


def picture() -> dict[str, list[Any]]:
    """Who names whom, without when and how often it was changed."""
    found = {}
    for model in (Company, Person):
        for holder, field in sorted(references(model), key=str):
            if holder is not Activity:
                found[f"{holder.__name__}.{field}"] = list(
                    holder.objects.order_by("id").values_list("id", f"{field}_id")
                )
    fields = ("name", "phones", "emails", "website", "parent_id", "search_text", "archived_at")
    return found | {"facts": list(Company.objects.order_by("id").values_list(*fields))}


@pytest.mark.parametrize("model", [Company, Person])
def test_every_reference_is_moved_or_read_through(model: Any) -> None:
    """A new field that names a company or a person belongs into PLACES; history alone stays and is read for both."""
    assert references(model) == {*PLACES[model], (Activity, model.__name__.lower())}


def test_everything_goes_along_and_comes_back(office: Office) -> None:
    kept, gone = two(office)
    with inside(workspace_id=office.workspace.id):
        before = picture()
        count = Workspace.objects.get(pk=office.workspace.id).record_count
    merge = merge_customers(model=Company, kept_id=kept.id, gone_id=gone.id, **given(office))
    with inside(workspace_id=office.workspace.id):
        for holder, field in PLACES[Company]:
            left = holder.objects.filter(**{field: gone.id})
            assert not left.exists(), (holder, field)
        assert {one.company_id for model in (Deal, Note, Task, Person) for one in model.objects.all()} == {kept.id}
        kept.refresh_from_db()
        assert (kept.phones, kept.website) == (["021 5550 0001", "021 5550 0002"], "lianhua.example")
        assert "02155500002" in kept.search_text
        assert Workspace.objects.get(pk=office.workspace.id).record_count == count - 1
    undo_merge(merge_id=merge.id, **given(office))
    with inside(workspace_id=office.workspace.id):
        assert picture() == before
        assert Workspace.objects.get(pk=office.workspace.id).record_count == count
    with pytest.raises(Refusal, match="not merged"):
        undo_merge(merge_id=merge.id, **given(office))


def test_what_was_changed_since_stays_as_it_is(office: Office) -> None:
    kept, gone = two(office)
    merge = merge_customers(model=Company, kept_id=kept.id, gone_id=gone.id, **given(office))
    other = create_company(details=CompanyDetails(name="Other"), **given(office))
    with inside(workspace_id=office.workspace.id):
        Deal.objects.update(company=other)
        Company.objects.filter(pk=kept.id).update(website="new.example")
    undo_merge(merge_id=merge.id, **given(office))
    with inside(workspace_id=office.workspace.id):
        assert Deal.objects.get().company_id == other.id
        assert Company.objects.get(pk=kept.id).website == "new.example"


def test_a_mother_and_her_daughter_become_one_without_a_ring(office: Office) -> None:
    mother = create_company(details=CompanyDetails(name="Mother"), **given(office))
    daughter = create_company(details=CompanyDetails(name="Daughter", parent_id=mother.id), **given(office))
    merge_customers(model=Company, kept_id=daughter.id, gone_id=mother.id, **given(office))
    with inside(workspace_id=office.workspace.id):
        assert Company.objects.get(pk=daughter.id).parent_id is None
    with pytest.raises(Refusal):
        merge_customers(model=Company, kept_id=daughter.id, gone_id=daughter.id, **given(office))


def test_it_is_done_and_undone_on_the_page_and_history_tells_of_both(rep: Client, office: Office) -> None:
    kept, gone = two(office)
    assert "Lianhua Motors" in rep.get(f"/crm/company/{kept.id}/merge/", {"q": "lianhua"}).content.decode()
    assert rep.post(f"/crm/company/{kept.id}/merge/?gone={gone.id}").status_code == 302
    body = rep.get(f"/crm/companies/{kept.id}/").content.decode()
    assert "Prefers calls" in body
    assert "Lianhua Motors was merged into this one" in body
    assert "Take the merge back" in rep.get(f"/crm/companies/{gone.id}/").content.decode()
    with inside(workspace_id=office.workspace.id):
        merge = Merge.objects.get()
    assert rep.post(f"/crm/merges/{merge.id}/undo/").status_code == 302
    assert "Take the merge back" not in rep.get(f"/crm/companies/{gone.id}/").content.decode()
    assert rep.post(f"/crm/company/{kept.id}/merge/", {"gone": "what"}).status_code == 404


def test_who_is_there_twice_by_name_is_listed(rep: Client, office: Office) -> None:
    assert "No duplicates" in rep.get("/crm/doubles/").content.decode()
    for name in ("Qinghe Trading", "QINGHE trading Co., Ltd."):
        create_company(details=CompanyDetails(name=name), **given(office))
    assert "QINGHE trading" in rep.get("/crm/doubles/").content.decode()


def test_people_of_one_name_at_two_companies_are_two_people(rep: Client, office: Office) -> None:
    firms = [create_company(details=CompanyDetails(name=name), **given(office)).id for name in ("One", "Two")]
    for firm in firms:
        create_person(details=PersonDetails(name="Wang Wei", company_id=firm), **given(office))
    assert "No duplicates" in rep.get("/crm/doubles/").content.decode()
    create_person(details=PersonDetails(name="wang wei", company_id=firms[0]), **given(office))
    assert "Wang Wei" in rep.get("/crm/doubles/").content.decode()
