"""Revenue of billed service: by day over the days served, by month in the books, never changed by what comes later."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from invoices.models import Invoice
from invoices.operations.billing import bill_account
from invoices.operations.credit_notes import issue_credit_note
from invoices.operations.revenue import close_due_months
from invoices.operations.subscriptions import NewSubscription, cancel, start_subscription
from invoices.queries import revenue as queries
from plans.rules.story import read_story
from provider.accounts.models import Account
from provider.kernel import laws, ledger
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.ledger import Line
from provider.kernel.models import LedgerEntry
from provider.kernel.money import Money
from provider.workshop.stories.player import play
from provider.workshop.stories.stage import Stage
from tests.factories import make_member
from tests.sessions import signed_in

from .selling import make_stage

START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
JANUARY, MARCH = date(2026, 1, 31), date(2026, 3, 31)
LAWS = ["service_is_earned_by_day", "documents_stand_in_the_books", "ledger_balances"]


OF_JANUARY = """\
story: A January of somebody else
timezone: Asia/Shanghai
currency: CNY
plans:
  first: {interval: month, anchor: calendar, bill: in_advance, price: "31.00"}
steps:
  - {at: 2026-01-11, do: subscribe, plan: first}
expect:
  - {at: 2026-01-11, invoice: 1, total: "21.00"}
"""


def at(month: int, day: int) -> datetime:
    """Noon of a day in Shanghai."""
    return datetime(2026, month, day, 4, tzinfo=UTC)


def laws_hold() -> bool:
    return all(laws.check(law).holds for law in laws.known(LAWS))


def earned_until(on: date) -> tuple[int, int]:
    """What was earned in the year by the end of the day, and what was deferred then."""
    plans = queries.by_plan(on=on, currency="CNY")
    return sum(one.year_minor for one in plans), sum(one.deferred_minor for one in plans)


def subscribed() -> tuple[Stage, UUID]:
    """An account with `pro`, 310.00 a month from 15 January on."""
    stage = make_stage()
    wish = NewSubscription(version_id=stage.versions["pro"].id)
    made = start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)
    return stage, made.subscription.id


@pytest.mark.django_db
def test_a_month_earns_its_days_once_and_the_past_stays_what_it_was() -> None:
    stage, subscription_id = subscribed()
    assert earned_until(date(2026, 1, 15)) == (1000, 30000)
    assert earned_until(JANUARY) == (17000, 14000)
    assert close_due_months(at=at(2, 1)) == 0  # somebody may still bill the last of January

    bill_account(account_id=stage.account.id, at=at(2, 15), by=SYSTEM)
    assert close_due_months(at=at(2, 16)) == 1
    assert close_due_months(at=at(2, 16)) == 0
    revenue = ledger.balance(of=LedgerAccount.REVENUE, currency="CNY", account_id=stage.account.id)
    assert revenue.minor == -17000

    # Given up on 20 February: 22 of its 28 days come back.
    call: dict[str, Any] = {"account_id": stage.account.id, "subscription_id": subscription_id, "by": SYSTEM}
    cancel(**call, when="now", unused="credit", at=at(2, 20))
    assert earned_until(JANUARY) == (17000, 14000)
    assert close_due_months(at=at(4, 10)) >= 1
    earned, deferred = earned_until(MARCH)
    assert (earned, deferred) == (31000 + 31000 - 24357, 0)
    books = queries.in_books(on=MARCH, currency="CNY", zone=ZoneInfo("Asia/Shanghai"))
    assert (books.deferred_minor, books.waiting_minor, books.closed_on) == (0, 0, date(2026, 2, 28))
    assert laws_hold()


@pytest.mark.django_db
def test_a_credit_by_amount_takes_evenly_from_the_days_of_its_line() -> None:
    stage, _ = subscribed()
    invoice = Invoice.objects.get()
    line = invoice.lines.get()
    issue_credit_note(
        account_id=stage.account.id, invoice_id=invoice.id, amounts={line.id: 3100}, reason="A slow start", by=SYSTEM,
        at=at(2, 1),
    )  # fmt: skip

    assert earned_until(JANUARY) == (17000, 14000)
    assert earned_until(date(2026, 2, 1)) == (18000 - 1800, 13000 - 1300)
    close_due_months(at=at(3, 10))
    assert laws_hold()


@pytest.mark.django_db
def test_what_a_closed_month_says_is_held_for_all_who_were_in_the_books_by_then() -> None:
    stage, _ = subscribed()
    close_due_months(at=at(2, 10))

    assert play(read_story(OF_JANUARY)).differences == []
    assert laws_hold()

    more = Money(1, "CNY")
    ledger.post(
        source_kind="service", source_id=stage.account.id, purpose="2026-01 more", at=at(1, 31),
        lines=[Line(LedgerAccount.DEFERRED_SERVICE, more), Line(LedgerAccount.REVENUE, -more, stage.account.id)],
    )  # fmt: skip
    assert not laws_hold()


@pytest.mark.django_db
def test_finance_reads_the_report_as_of_a_day_and_takes_it_away() -> None:
    stage, _ = subscribed()
    close_due_months(at=at(2, 10))
    provider = Account.objects.get(id=stage.seller.account_id)
    client = signed_in(make_member(account=provider, portal="provider", role="finance").user)
    address = reverse("invoices:revenue")

    page = client.get(address, {"on": "2026-01-31", "currency": "CNY"})
    assert (page.context["month"].minor, page.context["deferred"].minor) == (17000, 14000)
    assert page.context["agrees"]
    assert page.context["months"][0]["is_closed"]
    file = client.get(f"{address}?on=2026-01-31&currency=CNY&export=csv")
    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert rows[-1] == ["2026-01", "pro", "170.00", "140.00"]
    for bad in ({"on": "2999-01-01"}, {"on": "no day"}, {"currency": "QQQ"}):
        page = client.get(address, bad)
        assert page.status_code == 200
        assert page.context["form"].errors
    assert LedgerEntry.objects.filter(source_kind="service").count() == 1
