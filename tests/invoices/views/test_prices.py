"""Agreeing a price for one customer through its pages: choose, see what it changes, confirm exactly that, end it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from invoices.operations import subscriptions
from invoices.operations.subscriptions import NewSubscription
from plans.models import AgreedPrice, Subscription
from provider.accounts.models import Account, Profile
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)
WISH = {"price": "80", "start_on": "2026-02-15", "last_on": "", "reason": "Three years agreed"}


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    Profile.objects.create(account=stage.account, portal="subscriber", created_at=START)
    wish = NewSubscription(version_id=stage.versions["team"].id, quantities={"desk": Decimal(2)})
    subscriptions.start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)
    Account.objects.filter(pk=stage.account.id).update(test_clock_at=datetime(2026, 2, 5, tzinfo=UTC))
    return stage


@pytest.fixture
def operator(db: None) -> Client:
    provider = make_account(name="The provider", portal="provider")
    return enter(Client(), make_member(account=provider, portal="provider", role="operator"))


def test_an_operator_sees_what_a_price_changes_agrees_it_and_ends_it(stage: Stage, operator: Client) -> None:
    subscription = Subscription.objects.get()
    page = f"/operator/accounts/{stage.account.id}/subscriptions/{subscription.id}/prices/"
    assert "Nothing else was agreed" in operator.get(page).content.decode()
    form = operator.get(f"{page}new/base/").content.decode()
    assert 'value="100"' in form
    assert 'value="2026-02-15"' in form
    early = operator.post(f"{page}new/base/", WISH | {"start_on": "2026-02-01"}).content.decode()
    assert "The days before 2026-02-15 are billed already" in early

    seen = operator.post(f"{page}new/base/", WISH)

    assert AgreedPrice.objects.count() == 0
    assert seen.context["difference"].minor == -4240  # 20 less and 6 % tax, on 15 February and on 15 March
    assert "42.40" in seen.content.decode()
    expected = seen.context["seen"].fingerprint
    assert operator.post(f"{page}new/base/", WISH | {"expected": "older"}).context["seen"].fingerprint == expected
    assert operator.post(f"{page}new/base/", WISH | {"expected": expected}).status_code == 302
    made = AgreedPrice.objects.get()
    assert (made.amounts, made.end_on, made.reason) == ({"price": "80"}, None, "Three years agreed")
    assert "Three years agreed" in operator.get(page).content.decode()
    end = {"last_on": "2026-03-14", "reason": "The contract ended"}
    seen = operator.post(f"{page}{made.id}/end/", end)
    operator.post(f"{page}{made.id}/end/", end | {"expected": seen.context["seen"].fingerprint})
    made.refresh_from_db()
    assert made.end_on == date(2026, 3, 15)

    customer = enter(Client(), make_member(account=stage.account, portal="subscriber", role="owner"))
    own = " ".join(customer.get("/my/subscription/").content.decode().split())
    assert "Prices agreed with you" in own
    assert "80.00 a month" in own
    assert "instead of 100.00 a month" in own
    assert "15 February – 14 March 2026" in own
    assert "Three years agreed" in own
    assert operator.get(f"{page}new/setup/").status_code == 404
