"""An account begins: its subscription and its workspace, together or not at all."""

from __future__ import annotations

import pytest

from crm_tenant.models import Workspace
from invoices.errors import PreviewOutdated
from invoices.models import Invoice
from plans.models import Plan, PlanVersion, Subscription
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from provider.portal.errors import PlanNotOffered, SubscribedAlready
from provider.portal.operations.beginning import begin, begin_at_sign_up
from tests.factories import AT, make_account, make_user
from tests.portal.offering import offer_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return offer_plan(code="team")


@pytest.fixture
def account(plan: Plan) -> Account:
    return make_account(name="Fern", currency="CNY")


def test_beginning_opens_the_workspace_and_bills_nothing_in_the_trial(account: Account) -> None:
    outcome = begin(account_id=account.id, plan_code="team", by=SYSTEM, at=AT)
    assert outcome.documents == ()
    subscription = Subscription.objects.get(account=account)
    assert (subscription.status, subscription.pays, subscription.is_main) == ("active", "prepaid", True)
    assert Workspace.objects.filter(account_id=account.id).exists()
    assert not Invoice.objects.filter(account=account).exists()


def test_a_preview_leaves_everything_as_it_was(account: Account) -> None:
    preview = begin(account_id=account.id, plan_code="team", by=SYSTEM, at=AT, is_preview=True)
    assert not Subscription.objects.filter(account=account).exists()
    assert not Workspace.objects.filter(account_id=account.id).exists()
    with pytest.raises(PreviewOutdated):
        begin(account_id=account.id, plan_code="team", by=SYSTEM, at=AT, expected="another")
    begin(account_id=account.id, plan_code="team", by=SYSTEM, at=AT, expected=preview.fingerprint)


def test_nobody_begins_twice(account: Account) -> None:
    begin(account_id=account.id, plan_code="team", by=SYSTEM, at=AT)
    with pytest.raises(SubscribedAlready):
        begin(account_id=account.id, plan_code="team", by=SYSTEM, at=AT)


def test_a_plan_without_a_price_in_the_accounts_currency_is_not_offered(plan: Plan) -> None:
    foreign = make_account(currency="EUR")
    with pytest.raises(PlanNotOffered):
        begin(account_id=foreign.id, plan_code="team", by=SYSTEM, at=AT)


def test_a_plan_that_was_taken_off_the_shelf_is_not_offered(plan: Plan, account: Account) -> None:
    Plan.objects.filter(pk=plan.pk).update(is_offered=False)
    with pytest.raises(PlanNotOffered):
        begin(account_id=account.id, plan_code="team", by=SYSTEM, at=AT)


def test_who_signs_up_gets_the_plan_that_was_chosen_else_the_first(account: Account) -> None:
    offer_plan(code="zen")
    begin_at_sign_up(account=account, user=make_user(), plan="zen", by=SYSTEM, at=AT)
    other = make_account(currency="CNY")
    begin_at_sign_up(account=other, user=make_user(), plan="no-such-plan", by=SYSTEM, at=AT)
    codes = [s.stretches.get().version.plan.code for s in Subscription.objects.order_by("created_at", "id")]
    assert sorted(codes) == ["team", "zen"]


def test_who_signs_up_while_nothing_can_be_sold_still_gets_an_account(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    PlanVersion.objects.update(status="withdrawn")
    begin_at_sign_up(account=account, user=make_user(), plan="team", by=SYSTEM, at=AT)
    assert not Subscription.objects.exists()
    assert "no plan is offered" in caplog.text
