"""While an account is dormant its CRM rests; with the next spell everything is there as it was."""

from __future__ import annotations

import pytest
from django.test import Client

from crm_tenant.operations.customers import CompanyDetails, create_company
from plans.models import AccessSpell
from tests.console.conftest import enter
from tests.factories import AT, make_member
from tests.plans.factories import make_subscription

from .conftest import Office

pytestmark = pytest.mark.django_db


def spell(office: Office, state: str) -> None:
    AccessSpell.objects.filter(account=office.account, until_at=None).update(until_at=AT)
    known = AccessSpell.objects.filter(account=office.account).first()
    subscription = known.subscription if known else make_subscription(account=office.account)
    AccessSpell.objects.create(account=office.account, subscription=subscription, state=state, cause="test", from_at=AT)


def test_a_dormant_crm_says_why_and_comes_back_as_it_was(client: Client, office: Office) -> None:
    details = CompanyDetails(name="Lianhua")
    create_company(workspace_id=office.workspace.id, details=details, by=office.by, at=AT)
    enter(client, office.member)
    spell(office, "dormant")
    for path in ("/crm/", "/crm/deals/", "/crm/companies/", "/crm/search/?q=lian"):
        answer = client.get(path)
        assert (answer.status_code, "Lianhua" in answer.content.decode()) == (402, False)
    assert "Renew" in client.get("/crm/").content.decode()
    assert client.post("/crm/companies/new/", {"name": "Late"}).status_code == 402
    spell(office, "active")
    assert "Lianhua" in client.get("/crm/companies/").content.decode()


def test_staff_are_told_who_can_renew(client: Client, office: Office) -> None:
    spell(office, "dormant")
    enter(client, make_member(account=office.account, portal="subscriber", role="member"))
    body = client.get("/crm/").content.decode()
    assert "An owner of the account can renew it" in body
    assert 'href="/my/">Renew' not in body


@pytest.mark.parametrize("state", ["trial", "active", "grace"])
def test_it_is_open_in_trial_when_paid_and_in_grace(client: Client, office: Office, state: str) -> None:
    spell(office, state)
    enter(client, office.member)
    assert client.get("/crm/").status_code == 200
