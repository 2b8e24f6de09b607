"""Whoever tries, has paid or lives on grace is told before it ends: told in stories of test accounts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from invoices.operations import subscriptions
from invoices.operations.subscriptions import NewSubscription
from invoices.operations.terms import Term, extend_term
from plans.models import PlanVersion, Subscription
from plans.queries import access_of
from provider.accounts.models import Account
from provider.console.operations.clock import advance_clock
from provider.kernel.actor import SYSTEM
from provider.messages.models import Message
from provider.portal.operations.beginning import begin
from tests.factories import AT, make_account
from tests.portal.offering import offer_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(provider: Account) -> Account:
    """A customer on test time, of a plan with two weeks of trial and a week of grace."""
    offer_plan(code="team", provider=provider, trial_days=14)
    account = make_account(name="Fern", parent=provider, is_test=True, currency="CNY", email="owner@fern.example")
    account.test_clock_at = AT
    account.save()
    return account


def told(customer: Account) -> list[tuple[str, str, int]]:
    """What was written: which kind, the last day it names, and how many days it says are left."""
    found = Message.objects.filter(account=customer, key__in=["renewal_due", "trial_ending", "grace_running"])
    return [(one.key, one.params["last_day"], one.params["days_left"]) for one in found.order_by("id")]


def let_days_pass(customer: Account, *days: int) -> None:
    """Let the clock stand so many days after the beginning, one after the other."""
    for day in days:
        advance_clock(account_id=customer.id, to=AT + timedelta(days=day), by=SYSTEM, at=AT)


def pay(customer: Account, *, months: int, at: datetime = AT) -> None:
    term = Term(
        version_id=PlanVersion.objects.get().id, months=months, face_minor=10000, source_kind="card", source_id="card"
    )
    extend_term(account_id=customer.id, term=term, by=SYSTEM, at=at)


def test_a_trial_that_nobody_pays_is_told_four_times_until_it_sleeps(customer: Account) -> None:
    begin(account_id=customer.id, plan_code="team", by=SYSTEM, at=AT)

    let_days_pass(customer, *range(1, 30))

    assert access_of(account_id=customer.id).state == "dormant"
    assert told(customer) == [
        ("trial_ending", "15 March 2026", 3),
        ("trial_ending", "15 March 2026", 1),
        ("grace_running", "22 March 2026", 7),
        ("grace_running", "22 March 2026", 1),
    ]
    first = Message.objects.filter(key="trial_ending").first()
    assert first is not None
    assert (first.params["becomes"], first.params["grace_last_day"]) == ("grace", "22 March 2026")


def test_who_pays_by_the_bill_is_told_that_bills_begin(customer: Account) -> None:
    wish = NewSubscription(version_id=PlanVersion.objects.get().id, pays="automatic")
    subscriptions.start_subscription(account_id=customer.id, wish=wish, by=SYSTEM, at=AT)

    let_days_pass(customer, 12, 13, 30)

    assert [days for _, _, days in told(customer)] == [2, 1]
    assert {one.params["becomes"] for one in Message.objects.filter(key="trial_ending")} == {"billed"}


def test_a_trial_that_is_paid_or_cancelled_ends_without_a_word(customer: Account) -> None:
    begin(account_id=customer.id, plan_code="team", by=SYSTEM, at=AT)
    pay(customer, months=12)
    let_days_pass(customer, 12, 13, 20)
    assert told(customer) == []

    subscription = Subscription.objects.get()
    subscriptions.cancel(
        account_id=customer.id,
        subscription_id=subscription.id,
        when="period_end",
        by=SYSTEM,
        at=AT + timedelta(days=20),
    )
    let_days_pass(customer, 375, 380)
    assert told(customer) == []


def test_a_clock_that_jumps_says_only_what_is_still_true(customer: Account) -> None:
    """The paid year ends on 16 March 2027, 379 days after the beginning."""
    begin(account_id=customer.id, plan_code="team", by=SYSTEM, at=AT)
    pay(customer, months=12)

    let_days_pass(customer, 339, 374, 375)  # from 40 days before the end to 5, past two reminders
    assert told(customer) == [("renewal_due", "15 March 2027", 5)]

    let_days_pass(customer, 400)  # past the last one, the end and all of grace
    assert access_of(account_id=customer.id).state == "dormant"
    assert len(told(customer)) == 1


def test_a_clock_that_jumps_into_grace_says_how_much_of_it_is_left(customer: Account) -> None:
    begin(account_id=customer.id, plan_code="team", by=SYSTEM, at=AT)

    let_days_pass(customer, 17)

    assert told(customer) == [("grace_running", "22 March 2026", 4)]
