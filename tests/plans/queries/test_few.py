"""The rows of a few subscriptions are those that the tables give one by one, value for value."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from invoices.operations.subscriptions import NewSubscription, cancel, set_quantity, start_subscription
from invoices.operations.terms import Term, extend_term
from plans.models import AgreedPrice
from plans.models.access import AccessExtension
from plans.queries.facts import _rows_of_many
from plans.queries.few import rows_of_few
from plans.rules.story import read_story
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import set_stage
from tests.factories import AT

_STORY = """\
story: What few rows are read of
timezone: Asia/Shanghai
currency: CNY
plans:
  team:
    interval: month
    anchor: anniversary
    bill: in_advance
    price: "98.00"
    charges:
      - {code: desk, model: per_unit, quantity: 2, price: "12.50", bill: in_advance}
steps: [{at: 2026-03-01, do: bill}]
expect: [{at: 2026-03-01, nothing: true}]
"""


@pytest.mark.django_db
def test_few_and_many_read_the_same_rows() -> None:
    stage = set_stage(read_story(_STORY))
    version = stage.versions["team"].id
    wish = NewSubscription(version_id=version, quantities={"desk": Decimal("2.5")})
    sold = start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=AT).subscription
    call = {"account_id": stage.account.id, "subscription_id": sold.id, "by": SYSTEM}
    set_quantity(charge="desk", quantity=Decimal(4), at=AT + timedelta(days=2, microseconds=7), **call)
    term = Term(version_id=version, face_minor=9800, source_kind="test", source_id="1", months=1)
    extend_term(account_id=stage.account.id, term=term, subscription_id=sold.id, by=SYSTEM, at=AT + timedelta(days=3))
    cancel(when="period_end", at=AT + timedelta(days=4), **call)
    days = {"old_end_on": AT.date(), "end_on": AT.date() + timedelta(days=9)}
    AccessExtension.objects.create(subscription_id=sold.id, state="grace", reason="A bank holiday", given_at=AT, **days)
    AgreedPrice.objects.create(
        subscription_id=sold.id, plan=stage.versions["team"].plan, charge_code="desk", charge_model="per_unit",
        start_on=AT.date() + timedelta(days=60), amounts={"price": "9.50"}, reason="A big customer", agreed_at=AT,
    )  # fmt: skip

    few, many = rows_of_few([sold.id]), _rows_of_many([sold.id])

    assert few.keys() == many.keys()
    for model, rows in many.items():
        assert [vars(row) | {"_state": 0} for row in few[model]] == [vars(row) | {"_state": 0} for row in rows], model
        assert list(rows), model
