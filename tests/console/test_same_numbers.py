"""Seats and customer records: the subscriber, the operator, the API and the bill say the same number."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from crm_tenant.models import Company
from crm_tenant.operations.customers import CompanyDetails, archive_customer, create_company
from crm_tenant.operations.workspaces import free_seat, open_workspace, take_seat
from invoices.models import InvoiceLine
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.rules.arithmetic import read
from plans.rules.story import read_story
from provider.accounts.models import Account, Profile
from provider.kernel import outbox
from provider.kernel.actor import SYSTEM, Actor
from provider.workshop.stories.stage import set_stage
from tests.api.conftest import caller_for
from tests.console.conftest import enter
from tests.factories import make_account, make_member, make_user

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 10, 2, 0, tzinfo=UTC)
LATE = datetime(2026, 1, 30, 2, 0, tzinfo=UTC)  # within the month that is billed on 1 February
_STORY = """\
story: What is counted in a CRM
timezone: Asia/Shanghai
currency: CNY
meters:
  seats: {aggregate: unique, property: user, carries_over: true}
  records: {aggregate: sum, carries_over: true}
plans:
  crm:
    interval: month
    anchor: calendar
    charges:
      - {code: seat, model: per_unit, meter: seats, price: "10"}
      - {code: record, model: per_unit, meter: records, price: "0.5"}
steps: [{at: 2026-01-10, do: bill}]
expect: [{at: 2026-01-10, nothing: true}]
"""


def _work(account: Account) -> None:
    """Three seats, then two; twelve companies, then nine."""
    owner = make_member(account=account, portal="subscriber", role="owner", user=make_user(name="Li"))
    by = Actor(kind="person", user_id=owner.user_id, account_id=account.id, portal="subscriber", role="owner")
    workspace = open_workspace(account_id=account.id, by=by, at=START)
    users = [owner.user, make_user(name="Bo"), make_user(name="Mei")]
    for user in users:
        take_seat(workspace_id=workspace.id, user_id=user.id, name=user.name, by=by, at=START)
    made = [
        create_company(workspace_id=workspace.id, details=CompanyDetails(name=f"Firm {n}"), by=by, at=START)
        for n in range(12)
    ]
    outbox.drain()
    later = START + timedelta(days=5)
    free_seat(workspace_id=workspace.id, user_id=users[2].id, by=by, at=later)
    for company in made[:3]:
        archive_customer(workspace_id=workspace.id, model=Company, record_id=company.id, by=by, at=later)
    outbox.drain()


def _figures(page: str) -> list[str]:
    """The figures that stand big over the charts."""
    return re.findall(r'<p class="big">\s*([\d.,]+)', page)


def _highest(page: str) -> list[Decimal]:
    """The highest figure of each chart's table."""
    charts = page.split('<figure class="chart"')[1:]
    return [max(map(Decimal, re.findall(r'data-y="([\d.]+)"', chart))) for chart in charts]


def test_everybody_sees_the_number_that_is_billed(client: Client) -> None:
    stage = set_stage(read_story(_STORY))
    account = stage.account
    Profile.objects.create(account=account, portal="subscriber", created_at=START)
    wish = NewSubscription(version_id=stage.versions["crm"].id)
    start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=START)
    _work(account)
    Account.objects.filter(pk=account.pk).update(test_clock_at=LATE)

    subscriber = enter(client, account.memberships.get(role="owner"))
    provider = make_account(name="The provider", portal="provider")
    operator = enter(Client(), make_member(account=provider, portal="provider", role="operator"))
    own = subscriber.get(reverse("plans:own_usage")).content.decode()
    theirs = operator.get(reverse("console:account_usage", args=[account.id])).content.decode()
    told = caller_for(account, is_test=True).get("/usage").json()["series"]
    bill_account(account_id=account.id, by=SYSTEM, at=datetime(2026, 1, 31, 16, 0, tzinfo=UTC))

    billed = {line.charge_code: line.arithmetic for line in InvoiceLine.objects.filter(invoice__account=account)}
    assert _figures(own) == _figures(theirs) == ["9", "2"]  # records, seats: what is there now
    assert [one["total"] for one in told] == ["9", "2"]
    assert _highest(own) == _highest(theirs) == [12, 3]
    # A level that is added up is billed as it stands at the end; of distinct items everybody who was there counts.
    assert {code: read(one).units for code, one in billed.items()} == {"record": 9, "seat": 3}
