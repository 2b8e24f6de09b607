"""Records of a workspace, for tests of what lies above."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crm_tenant.models import Company
from crm_tenant.operations.customers import CompanyDetails, PersonDetails, create_company, create_person
from crm_tenant.operations.deals import DealDetails, create_deal
from crm_tenant.operations.imports import take_files
from crm_tenant.operations.merging import merge_customers
from crm_tenant.operations.work import TaskDetails, plan_task, write_note
from crm_tenant.operations.workspaces import open_workspace, take_seat
from crm_tenant.queries.desk import usual_stages
from provider.accounts.models import Account, Membership
from provider.kernel.actor import Actor
from provider.kernel.tenancy import inside
from tests.factories import AT
from tests.plans.factories import open_access


def make_crm_objects(*, account: Account, members: list[Membership], marker: str) -> None:
    """A workspace with a seat for everybody, and one record of each kind with the marker in its name."""
    by = Actor(kind="person", user_id=members[0].user_id, account_id=account.id, portal="subscriber", role="owner")
    open_access(account)
    workspace = open_workspace(account_id=account.id, by=by, at=AT)
    given: dict[str, Any] = {"workspace_id": workspace.id, "by": by, "at": AT}
    for member in members:
        take_seat(user_id=member.user_id, name=str(member.user), **given)
    given_to: dict[str, Any] = {"workspace": workspace, "by": by, "at": AT}
    text = f"Company,Notes\n{marker} firm,{marker}\n".encode()
    take_files(uploads=[(f"{marker}.csv", text)], batch_id=None, **given_to)
    company = create_company(details=CompanyDetails(name=f"{marker} customer", phones=["021 5550 1234"]), **given)
    create_person(details=PersonDetails(name=f"{marker} contact", company_id=company.id), **given)
    with inside(workspace_id=given["workspace_id"]):
        stage = usual_stages()[0]
    details = DealDetails(name=f"{marker} deal", amount_minor=1_250_000, company_id=company.id)
    deal = create_deal(details=details, stage_id=stage.id, **given)
    step = TaskDetails(kind="call", due_at=AT + timedelta(days=1), title=f"{marker} step")
    plan_task(kind="deal", record_id=deal.id, details=step, **given)
    double = create_company(details=CompanyDetails(name=f"{marker} customer again"), **given)
    merge_customers(model=Company, kept_id=company.id, gone_id=double.id, **given)
    write_note(kind="deal", record_id=deal.id, text=f"{marker} note", **given)
