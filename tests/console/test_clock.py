"""Time passes for a test account when an operator lets it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from plans.queries import access_of
from provider.accounts.errors import ClockGoesForward, ClockOnlyInTest, ClockTooFar
from provider.accounts.models import Account
from provider.accounts.operations.clocks import FARTHEST, move_test_clock
from provider.console.operations.clock import advance_clock
from provider.console.queries import clock_steps
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from provider.kernel.models import AuditRow
from provider.portal.operations.beginning import begin
from tests.factories import AT, make_account
from tests.portal.offering import offer_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(provider: Account) -> Account:
    offer_plan(code="team", provider=provider, trial_days=14)
    account = make_account(name="Fern", parent=provider, is_test=True, currency="CNY")
    begin(account_id=account.id, plan_code="team", by=SYSTEM, at=AT)
    account.test_clock_at = AT
    account.save()
    return account


def test_a_trial_ends_in_grace_and_then_in_sleep_when_the_clock_goes_on(customer: Account) -> None:
    assert access_of(account_id=customer.id).state == "trial"
    advance_clock(account_id=customer.id, to=AT + timedelta(days=15), by=SYSTEM, at=AT)
    assert access_of(account_id=customer.id).state == "grace"
    advance_clock(account_id=customer.id, to=AT + timedelta(days=25), by=SYSTEM, at=AT)
    assert access_of(account_id=customer.id).state == "dormant"
    assert AuditRow.objects.filter(verb="account.clock_moved", account_id=customer.id).count() == 2


def test_a_clock_never_goes_back_nor_too_far(customer: Account) -> None:
    with pytest.raises(ClockGoesForward):
        move_test_clock(account_id=customer.id, to=AT, by=SYSTEM, at=AT)
    with pytest.raises(ClockTooFar):
        move_test_clock(account_id=customer.id, to=AT + FARTHEST + timedelta(days=1), by=SYSTEM, at=AT)


def test_time_passes_by_itself_for_everybody_else(provider: Account, operator: Client) -> None:
    real = make_account(name="Real", parent=provider)
    with pytest.raises(ClockOnlyInTest):
        move_test_clock(account_id=real.id, to=clock.now() + timedelta(days=1), by=SYSTEM, at=clock.now())
    assert operator.get(f"/operator/accounts/{real.id}/clock/").status_code == 409


def test_the_page_goes_to_the_next_event_and_says_what_it_made(operator: Client, customer: Account) -> None:
    address = f"/operator/accounts/{customer.id}/clock/"
    body = operator.get(address).content.decode()
    assert "To the next event" in body
    step = clock_steps(account=customer, at=AT)[0]
    assert step.name == "event"
    assert operator.post(address, {"to": step.to.isoformat()})["Location"] == address
    customer.refresh_from_db()
    assert customer.test_clock_at == step.to


def test_a_page_that_was_left_open_does_not_go_farther(operator: Client, customer: Account) -> None:
    address = f"/operator/accounts/{customer.id}/clock/"
    answer = operator.post(address, {"to": (AT + timedelta(days=2, hours=5)).isoformat()})
    assert "gone on in the meantime" in answer.content.decode()
