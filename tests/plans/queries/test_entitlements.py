"""What a plan bills beside the price that a card pays."""

from __future__ import annotations

import pytest

from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.queries.entitlements import charges_beside_terms
from provider.kernel.actor import SYSTEM
from provider.kernel.clock import now
from tests.factories import make_account
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("plan", "beside"), [("team", ["desk"]), ("pro", [])])
def test_units_and_use_are_billed_beside_a_card_but_not_what_is_charged_once(plan: str, beside: list[str]) -> None:
    stage = make_stage()
    wish = NewSubscription(version_id=stage.versions[plan].id, pays="prepaid")
    start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=stage.account.test_clock_at or now())

    assert [one.code for one in charges_beside_terms(account_id=stage.account.id)] == beside


def test_an_account_without_a_plan_has_nothing_beside() -> None:
    assert charges_beside_terms(account_id=make_account().id) == []
