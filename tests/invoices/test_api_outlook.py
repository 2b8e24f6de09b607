"""Machines read what the page of a subscription shows: what was billed, what runs, and what comes next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from invoices.models import Invoice, Seller
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import Subscription
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
MARCH = datetime(2026, 3, 20, 4, tzinfo=UTC)


@pytest.fixture
def stage() -> Stage:
    """310.00 a month since 15 January, billed until the middle of March."""
    stage = make_stage()
    wish = NewSubscription(version_id=stage.versions["pro"].id)
    start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)
    bill_account(account_id=stage.account.id, at=MARCH, by=SYSTEM)
    Account.objects.filter(pk=stage.account.id).update(test_clock_at=MARCH)
    return stage


@pytest.fixture
def provider(stage: Stage) -> Caller:
    return caller_for(stage.seller.account, portal="provider", is_test=True)


def address() -> str:
    return f"/subscriptions/{Subscription.objects.get().id}/outlook"


def test_the_past_the_present_and_the_next_invoice(stage: Stage, provider: Caller) -> None:
    found = provider.get(address()).json()

    assert [(span["start"], span["end"], span["is_present"], span["total"]) for span in found["spans"]] == [
        ("2026-03-15", "2026-04-15", True, "310.00"),
        ("2026-02-15", "2026-03-15", False, "310.00"),
        ("2026-01-15", "2026-02-15", False, "310.00"),
    ]
    billed = found["spans"][2]
    assert billed["invoices"][0]["number"] == Invoice.objects.earliest("due_at").number_text
    assert billed["charges"] == [{"charge": "base", "units": "1"}]
    assert (found["next_invoice"]["subtotal"], found["next_invoice"]["due_at"]) == ("310.00", "2026-04-14T16:00:00Z")
    assert (found["trouble"], found["older"], found["currency"]) == (None, None, "CNY")
    assert {"at": "2026-04-14T16:00:00Z", "becomes": "billed"} in found["turns"]
    assert Invoice.objects.count() == 3  # nothing was made


def test_the_past_is_read_part_by_part(stage: Stage, provider: Caller) -> None:
    later = datetime(2027, 3, 20, 4, tzinfo=UTC)
    bill_account(account_id=stage.account.id, at=later, by=SYSTEM)
    Account.objects.filter(pk=stage.account.id).update(test_clock_at=later)

    newest = provider.get(address()).json()
    older = provider.get(address(), before=newest["older"]).json()

    assert (len(newest["spans"]), newest["older"]) == (12, "2026-04-15")
    assert [span["start"] for span in older["spans"]] == ["2026-03-15", "2026-02-15", "2026-01-15"]
    assert older["older"] is None


def test_why_nothing_can_be_foreseen_is_said_beside_the_past(stage: Stage, provider: Caller) -> None:
    Seller.objects.filter(pk=stage.seller.pk).update(account=make_account(name="Another"))

    found = provider.get(address())

    assert found.status_code == 200, found.content
    assert found.json()["next_invoice"] is None
    assert found.json()["trouble"]["code"]
    assert found.json()["trouble"]["detail"]
    assert len(found.json()["spans"]) == 3


def test_each_reads_its_own_and_what_is_badly_asked_is_pointed_at(stage: Stage, provider: Caller) -> None:
    own = caller_for(stage.account, is_test=True)
    stranger = caller_for(make_account(name="Stranger"))
    assert own.get(address()).json() == provider.get(address()).json()
    assert_problem(stranger.get(address()), status=404, code="not_found")
    assert own.get(address(), before="yesterday").json()["errors"][0]["code"] == "not_day"
    assert own.get(address(), before="9999-12-31").json()["errors"][0]["code"] == "too_large"
    assert own.get(address(), month="1").json()["errors"][0]["code"] == "unknown_parameter"


def test_a_long_past_asks_few_questions(stage: Stage, provider: Caller, django_assert_max_num_queries: Any) -> None:
    bill_account(account_id=stage.account.id, at=datetime(2027, 3, 20, 4, tzinfo=UTC), by=SYSTEM)
    page = address()
    provider.get(page)
    with django_assert_max_num_queries(45):
        assert len(provider.get(page).json()["spans"]) == 12
