"""While an account is dormant its CRM rests; with the next spell everything is there as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from crm_tenant.operations.customers import CompanyDetails, create_company
from plans.models import Subscription
from provider.kernel import clock
from tests.console.conftest import enter
from tests.factories import AT, make_account, make_member
from tests.plans.factories import open_access

from .conftest import Office

pytestmark = pytest.mark.django_db


def test_a_dormant_crm_says_why_and_comes_back_as_it_was(client: Client, office: Office) -> None:
    details = CompanyDetails(name="Lianhua")
    create_company(workspace_id=office.workspace.id, details=details, by=office.by, at=AT)
    enter(client, office.member)
    open_access(office.account, state="dormant")
    for path in ("/crm/", "/crm/deals/", "/crm/companies/", "/crm/search/?q=lian"):
        answer = client.get(path)
        assert (answer.status_code, "Lianhua" in answer.content.decode()) == (402, False)
    assert "Renew" in client.get("/crm/").content.decode()
    assert client.post("/crm/companies/new/", {"name": "Late"}).status_code == 402
    open_access(office.account)
    assert "Lianhua" in client.get("/crm/companies/").content.decode()


def test_staff_are_told_who_can_renew(client: Client, office: Office) -> None:
    open_access(office.account, state="dormant")
    enter(client, make_member(account=office.account, portal="subscriber", role="member"))
    body = client.get("/crm/").content.decode()
    assert "An owner of the account can renew it" in body
    assert 'href="/my/">Renew' not in body


@pytest.mark.parametrize("state", ["trial", "active", "grace"])
def test_it_is_open_in_trial_when_paid_and_in_grace(client: Client, office: Office, state: str) -> None:
    open_access(office.account, state=state)
    enter(client, office.member)
    assert client.get("/crm/").status_code == 200


def test_an_account_that_never_subscribed_has_no_crm_and_is_shown_the_way(client: Client) -> None:
    account = make_account(name="Curious")
    enter(client, make_member(account=account, portal="subscriber", role="owner"))
    answer = client.get("/crm/deals/")
    assert (answer.status_code, 'href="/my/begin/"' in answer.content.decode()) == (402, True)
    assert client.post("/crm/companies/new/", {"name": "Early"}).status_code == 402
    enter(client, make_member(account=account, portal="subscriber", role="member"))
    body = client.get("/crm/").content.decode()
    assert "An owner of the account can choose one" in body
    assert "/my/begin/" not in body


def test_everybody_sees_how_many_days_are_left_and_the_owner_what_to_do(client: Client, office: Office) -> None:
    staff = make_member(account=office.account, portal="subscriber", role="member")
    by_itself = "Then the first paid day begins by itself."  # the office pays on terms
    for state, words, way in (
        ("trial", "Free trial: 5 days left.", by_itself),
        ("grace", "5 days of grace left.", 'href="/my/"'),
    ):
        open_access(office.account, state=state, ends_at=clock.now() + timedelta(days=4, minutes=1))
        enter(client, office.member)
        body = client.get("/crm/deals/").content.decode()
        assert words in body
        assert way in body.split("crm-notice")[1]
        enter(client, staff)
        assert words in client.get("/crm/companies/").content.decode()
    open_access(office.account, ends_at=clock.now() + timedelta(days=40))
    assert "crm-notice" not in client.get("/crm/").content.decode()


def test_a_trial_that_is_paid_for_already_is_not_called_free(client: Client, office: Office) -> None:
    open_access(office.account, state="trial", ends_at=clock.now() + timedelta(days=4, minutes=1))
    a_year = clock.now() + timedelta(days=369)
    Subscription.objects.filter(account=office.account).update(pays="prepaid", paid_until=a_year)
    enter(client, office.member)
    told = client.get("/crm/deals/").content.decode().split("crm-notice")[1]
    assert "Paid until" in told
    assert "5 days of the trial are left; then the paid time begins by itself." in told
    assert "Free trial" not in told
