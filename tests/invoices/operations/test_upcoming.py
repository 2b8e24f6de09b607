"""The next invoice as of now: what is shown is what is made when it is due, if nothing happens until then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from invoices.models import Invoice
from invoices.operations import subscriptions
from invoices.operations.balances import top_up
from invoices.operations.billing import bill_account
from invoices.operations.extras import NewLine, add_line
from invoices.operations.subscriptions import NewSubscription
from invoices.operations.upcoming import Upcoming, next_invoice
from invoices.rules.difference import Document
from plans.models import AccessSpell, PendingChange, Period, Subscription
from plans.operations.usage import record_usage
from plans.rules.usage import NewEvent
from provider.kernel.actor import SYSTEM
from provider.kernel.money import Money
from provider.workshop.stories.stage import Stage
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
JAN_20 = datetime(2026, 1, 20, 4, tzinfo=UTC)


def begun(plan: str, **facts: Any) -> Stage:
    stage = make_stage()
    wish = NewSubscription(version_id=stage.versions[plan].id, **facts)
    subscriptions.start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)
    return stage


def seen(stage: Stage, *, at: datetime = JAN_20) -> Upcoming:
    found = next_invoice(account_id=stage.account.id, by=SYSTEM, at=at)
    assert found is not None
    return found


def made(stage: Stage, *, at: datetime) -> Document:
    (document,) = bill_account(account_id=stage.account.id, at=at, by=SYSTEM)
    return replace(document, id=None, number="")


def as_seen(upcoming: Upcoming) -> Document:
    return replace(upcoming.document, id=None, number="")


def test_what_was_shown_is_made_with_lines_by_hand_tax_and_balance() -> None:
    stage = begun("team", quantities={"desk": Decimal(2)})
    training = NewLine(description="Training", unit_price=Decimal(50))
    add_line(account_id=stage.account.id, line=training, by=SYSTEM, at=JAN_20)
    paid = Money(3000, "CNY")
    top_up(account_id=stage.account.id, amount=paid, source_kind="test", source_id="1", by=SYSTEM, at=JAN_20)
    rows = (Invoice.objects.count(), Period.objects.count(), AccessSpell.objects.count())

    upcoming = seen(stage)

    assert upcoming.due_at == datetime(2026, 2, 14, 16, tzinfo=UTC)
    assert sorted(line.charge for line in upcoming.document.lines) == ["base", "by_hand", "desk"]
    assert (upcoming.document.total_minor, upcoming.document.due_minor) == (22260, 19260)  # 210 and 6 %, less 30
    assert rows == (Invoice.objects.count(), Period.objects.count(), AccessSpell.objects.count())
    assert made(stage, at=upcoming.due_at) == as_seen(upcoming)


def test_use_counts_as_it_is_known_and_more_of_it_changes_the_invoice() -> None:
    stage = begun("calls")

    def call(number: int, at: datetime) -> None:
        events = [NewEvent(id=str(number), meter="calls", at=at)]
        record_usage(account_id=stage.account.id, source="switch", events=events, by=SYSTEM, at=at)

    assert next_invoice(account_id=stage.account.id, by=SYSTEM, at=JAN_20) is None
    call(1, JAN_20)
    assert seen(stage).document.total_minor == 53
    call(2, datetime(2026, 1, 25, tzinfo=UTC))

    upcoming = seen(stage, at=datetime(2026, 1, 26, tzinfo=UTC))

    assert (upcoming.due_at, upcoming.document.total_minor) == (datetime(2026, 1, 31, 16, tzinfo=UTC), 106)
    assert made(stage, at=upcoming.due_at) == as_seen(upcoming)


def test_a_change_that_was_chosen_for_later_is_in_it_and_stays_chosen() -> None:
    stage = begun("team")
    one = Subscription.objects.get()
    subscriptions.change_plan(
        account_id=stage.account.id, subscription_id=one.id, version_id=stage.versions["pro"].id,
        when="period_end", by=SYSTEM, at=JAN_20,
    )  # fmt: skip

    upcoming = seen(stage)

    assert [(line.plan, line.start, line.amount_minor) for line in upcoming.document.lines] == [
        ("pro", date(2026, 2, 15), 31000)
    ]
    assert PendingChange.objects.get().settled_at is None
    assert made(stage, at=upcoming.due_at) == as_seen(upcoming)


def test_what_is_overdue_comes_first_and_what_ends_has_no_next_one() -> None:
    stage = begun("team")
    late = seen(stage, at=datetime(2026, 4, 20, tzinfo=UTC))
    assert late.due_at == datetime(2026, 2, 14, 16, tzinfo=UTC)
    one = Subscription.objects.get()
    subscriptions.cancel(account_id=stage.account.id, subscription_id=one.id, when="period_end", by=SYSTEM, at=JAN_20)
    assert next_invoice(account_id=stage.account.id, by=SYSTEM, at=JAN_20) is None
