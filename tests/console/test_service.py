"""What operators see of an account's service: subscription, money, cards."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from plans.models import AccessSpell, Period, Subscription
from provider.accounts.models import Account
from provider.kernel.clock import first_instant
from tests.factories import AT, make_account
from tests.invoices.factories import make_invoice, make_payment
from tests.plans.factories import make_subscription

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def customer(provider: Account) -> Account:
    return make_account(name="Fern", parent=provider, portal="subscriber")


def make_period(*, subscription: Subscription, charge_code: str, start_on: date, end_on: date) -> Period:
    """Days that were opened of one charge, in Shanghai."""
    return Period.objects.create(
        subscription=subscription, stretch=0, charge_code=charge_code, start_on=start_on, end_on=end_on,
        starts_at=first_instant(day=start_on, zone=SHANGHAI), ends_at=first_instant(day=end_on, zone=SHANGHAI),
        whole_start_on=start_on, whole_end_on=end_on, units=3, settled_at=AT,
    )  # fmt: skip


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
        make_period(subscription=subscription, charge_code=code, start_on=date(2026, 3, 2), end_on=date(2026, 4, 2))
    body = page(operator, customer, "subscription/")
    assert "base × 3, seat × 3" in body
    assert "2 Mar – 1 Apr 2026" in body or "2 March" in body


def test_a_time_line_is_cut_between_months_and_leads_to_the_older_ones(operator: Client, customer: Account) -> None:
    subscription = make_subscription(account=customer)
    months = [date(2025 + month // 12, month % 12 + 1, 2) for month in range(16)]
    for start, end in itertools.pairwise(months):
        for code in ("base", "seat"):
            make_period(subscription=subscription, charge_code=code, start_on=start, end_on=end)
    newest = page(operator, customer, "subscription/")
    assert newest.count("base × 3, seat × 3") == 12
    assert "?before=2025-04-02#periods" in newest
    assert "next-invoice" in newest
    older = page(operator, customer, "subscription/?before=2025-04-02")
    assert older.count("base × 3, seat × 3") == 3
    assert "next-invoice" not in older
    assert "Older periods" not in older
    assert page(operator, customer, "subscription/?before=nonsense").count("base × 3, seat × 3") == 12


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
