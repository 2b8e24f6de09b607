"""Subscribers of a plan that has a newer version, for tests that move them: told as a story, written to the tables."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from invoices.operations import subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription
from plans.models import PlanVersion, Subscription
from plans.operations.usage import NewEvent, record_usage
from plans.rules.story import read_story
from provider.accounts.models import Account
from provider.kernel import outbox
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage, set_stage
from tests.factories import make_account

from .selling import next_version

START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
FEB_5 = datetime(2026, 2, 5, 8, tzinfo=UTC)
_STORY = """\
story: The stage of a move
timezone: Asia/Shanghai
currency: CNY
meters:
  seats: {aggregate: unique, property: user, carries_over: true}
plans:
  team:
    interval: month
    anchor: anniversary
    bill: in_advance
    price: "100.00"
    charges:
      - {code: seat, model: per_unit, meter: seats, price: "31", bill: in_advance, prorate: true}
  pro: {interval: month, anchor: anniversary, bill: in_advance, price: "310.00"}
steps: [{at: 2026-01-15, do: bill}]
expect: [{at: 2026-01-15, nothing: true}]
"""


def make_moving_stage() -> Stage:
    """A seller of the plans `team` and `pro`, from whom `customer` buys."""
    return set_stage(read_story(_STORY))


def make_newer(stage: Stage) -> PlanVersion:
    """Version 2 of `team`: 131 instead of 100, and at most two seats."""
    return next_version(stage.versions["team"], base="131", seats=2)


def customer(stage: Stage, name: str, *, seats: int = 0, plan: str = "team", currency: str = "CNY") -> Subscription:
    """An account that subscribed on 15 January and was billed for its first month."""
    account = make_account(name=name, time_zone="Asia/Shanghai", currency=currency, is_test=True)
    Account.objects.filter(id=account.id).update(created_at=START)
    wish = NewSubscription(version_id=stage.versions[plan].id)
    made = subscriptions.start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=START).subscription
    events = [NewEvent(id=f"{name}-{n}", meter="seats", at=START, value=Decimal(1), item=f"u{n}") for n in range(seats)]
    if events:
        record_usage(account_id=account.id, source="test", events=events, by=SYSTEM, at=START)
        bill_account(account_id=account.id, at=START, by=SYSTEM)
    outbox.drain()
    return made
