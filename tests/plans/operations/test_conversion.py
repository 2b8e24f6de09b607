"""Paid time when the plan changes: its value goes on as time of the new plan, and changing to and fro makes none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from invoices.models import CreditNote, Invoice
from invoices.operations import subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import Outcome
from invoices.operations.terms import Term, extend_term
from plans.errors import PaidTimeTooShort, PaidTimeWithoutValue
from plans.models import PaidTerm, Subscription
from plans.queries import access_of
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
JAN_25 = datetime(2026, 1, 25, 8, tzinfo=UTC)


def pay(stage: Stage, *, months: int, plan: str = "pro", source: str = "card 1") -> None:
    term = Term(version_id=stage.versions[plan].id, months=months, face_minor=1, source_kind="card", source_id=source)
    extend_term(account_id=stage.account.id, term=term, by=SYSTEM, at=START)


def change(stage: Stage, plan: str, *, at: datetime = JAN_25, **facts: Any) -> Outcome:
    return subscriptions.change_plan(
        account_id=stage.account.id, subscription_id=Subscription.objects.get().id,
        version_id=stage.versions[plan].id, by=SYSTEM, at=at, **facts,
    )  # fmt: skip


def days() -> list[tuple[date, date]]:
    return list(PaidTerm.objects.order_by("start_on").values_list("start_on", "end_on"))


def test_a_cheaper_plan_lasts_longer_and_the_preview_says_until_when() -> None:
    stage = make_stage()
    pay(stage, months=1)  # 31 days for 310.00: 21 of them are left

    seen = change(stage, "team", is_preview=True)
    assert days() == [(date(2026, 1, 15), date(2026, 2, 15))]
    made = change(stage, "team", expected=seen.fingerprint)

    # 210.00 are two periods of 100.00 from 25 January on, and a tenth of the third: 3 of its days
    assert days() == [(date(2026, 1, 15), date(2026, 3, 28))]
    assert seen.subscription.paid_until == made.subscription.paid_until == datetime(2026, 3, 27, 16, tzinfo=UTC)
    assert access_of(account_id=stage.account.id).paid_until == made.subscription.paid_until
    assert not CreditNote.objects.exists()


def test_a_dearer_plan_ends_sooner_so_that_nobody_moves_up_for_nothing() -> None:
    stage = make_stage()
    pay(stage, months=2, plan="team")
    pay(stage, months=1, plan="team", source="card 2")

    change(stage, "pro")

    (first, second) = days()
    assert first == (date(2026, 1, 15), date(2026, 2, 10))  # 164.29 of 310.00
    assert second == (date(2026, 2, 10), date(2026, 2, 19))  # 100.00 of 310.00
    assert not Invoice.objects.filter(lines__charge_code="base").exists()


def test_changing_to_and_fro_makes_no_time() -> None:
    stage = make_stage()
    pay(stage, months=1)
    for _ in range(5):
        change(stage, "team")
        change(stage, "pro")
    assert days()[0][1] <= date(2026, 2, 15)


def test_what_is_worth_less_than_a_day_is_not_taken() -> None:
    stage = make_stage()
    pay(stage, months=1, plan="team")
    with pytest.raises(PaidTimeTooShort):
        change(stage, "pro", at=datetime(2026, 2, 14, 4, tzinfo=UTC))
    with pytest.raises(PaidTimeWithoutValue):
        change(stage, "calls")
    assert days() == [(date(2026, 1, 15), date(2026, 2, 15))]


def test_a_change_that_was_chosen_for_the_paid_end_finds_a_later_term_and_converts_it() -> None:
    stage = make_stage()
    pay(stage, months=1, plan="team")
    change(stage, "pro", when=datetime(2026, 2, 14, 16, tzinfo=UTC))
    term = Term(version_id=stage.versions["team"].id, months=1, face_minor=1, source_kind="card", source_id="card 2")
    extend_term(account_id=stage.account.id, term=term, by=SYSTEM, at=JAN_25)

    bill_account(account_id=stage.account.id, at=datetime(2026, 2, 15, 8, tzinfo=UTC), by=SYSTEM)

    assert days() == [(date(2026, 1, 15), date(2026, 2, 15)), (date(2026, 2, 15), date(2026, 2, 24))]
    assert Subscription.objects.get().paid_until == datetime(2026, 2, 23, 16, tzinfo=UTC)
