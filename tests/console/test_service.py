"""What operators see of an account's service: subscription, money, cards."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from plans.models import AccessSpell, Period
from provider.accounts.models import Account
from tests.factories import AT, make_account
from tests.invoices.factories import make_invoice, make_payment
from tests.plans.factories import make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(provider: Account) -> Account:
    return make_account(name="Fern", parent=provider, portal="subscriber")


def page(operator: Client, customer: Account, tab: str = "") -> str:
    answer = operator.get(f"/operator/accounts/{customer.id}/{tab}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_overview_says_what_happens_if_nobody_does_anything(operator: Client, customer: Account) -> None:
    subscription = make_subscription(account=customer, pays="prepaid")
    AccessSpell.objects.create(
        account=customer, subscription=subscription, state="grace", cause="paid_end", from_at=AT,
        ends_at=datetime(2026, 12, 21, 16, tzinfo=UTC),
    )  # fmt: skip
    body = page(operator, customer)
    assert "Grace" in body
    assert "What was paid has ended" in body
    assert "On 22 December 2026 the account goes to sleep" in body


def test_the_overview_of_somebody_who_never_subscribed_says_so(operator: Client, customer: Account) -> None:
    assert "there is no subscription yet" in page(operator, customer)


def test_periods_for_the_same_days_stand_together(operator: Client, customer: Account) -> None:
    subscription = make_subscription(account=customer)
    for code in ("base", "seat"):
        Period.objects.create(
            subscription=subscription, stretch=0, charge_code=code, start_on=date(2026, 3, 2),
            end_on=date(2026, 4, 2), starts_at=AT, ends_at=datetime(2026, 4, 1, 16, tzinfo=UTC),
            whole_start_on=date(2026, 3, 2), whole_end_on=date(2026, 4, 2), units=3, settled_at=AT,
        )  # fmt: skip
    body = page(operator, customer, "subscription/")
    assert "base × 3, seat × 3" in body
    assert "2 Mar – 1 Apr 2026" in body or "2 March" in body


def test_money_shows_what_is_open_and_what_was_paid(operator: Client, customer: Account) -> None:
    invoice = make_invoice(account=customer, amount_minor=10000)
    make_payment(account=customer, amount_minor=5000, reference="bank-4711")
    body = page(operator, customer, "money/")
    assert invoice.number_text in body
    assert "106.00" in body
    assert "bank-4711" in body
    assert "Not yet assigned" in body


def test_a_customer_who_redeemed_nothing_has_an_empty_page_of_cards(operator: Client, customer: Account) -> None:
    assert "No card was redeemed" in page(operator, customer, "cards/")
