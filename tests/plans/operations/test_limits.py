"""Usage against what the plan allows: told at 80 and 100 %, stopped only where the plan says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from plans.errors import LimitReached
from plans.models import Entitlement, Stretch, Subscription, UsageEvent, UsageNotice
from plans.operations.limits import notice_limits
from plans.operations.reports import Report, record_reports
from plans.operations.usage import NewEvent
from provider.kernel import clock, outbox
from provider.kernel.actor import SYSTEM
from provider.messages.models import Message
from tests.factories import make_member, make_user
from tests.plans.factories import make_charge, make_meter, make_plan, make_subscription, make_version, publish_row

pytestmark = pytest.mark.django_db


def subscribe(*, limit: int, stops: bool = False, aggregate: str = "sum", is_level: bool = False) -> Subscription:
    plan = make_plan()
    version = make_version(plan=plan)
    meter = make_meter("sms", seller=plan.seller, aggregate=aggregate, carries_over=is_level, name_hans="短信")
    make_charge(version, meter=meter)
    Entitlement.objects.create(version=version, feature="sms", limit=limit, stops_at_limit=stops)
    return make_subscription(version=publish_row(version))


def tell(subscription: Subscription, event_id: str, value: int, *, is_removal: bool = False) -> None:
    at = clock.now()
    event = NewEvent(event_id, "sms", at - timedelta(seconds=1), Decimal(value), is_removal=is_removal)
    report = Report(account_id=subscription.account_id, source="gate", events=[event], at=at)
    record_reports(reports=[report], by=SYSTEM)


def told() -> list[tuple[str, str]]:
    rows = Message.objects.filter(key__startswith="usage_limit").order_by("created_at", "id")
    return list(rows.values_list("key", "user__name"))


def test_owners_are_told_at_80_and_at_100_percent_once_each() -> None:
    subscription = subscribe(limit=100)
    owner = make_user(name="Li", language="zh-hans")
    make_member(account=subscription.account, portal="subscriber", role="owner", user=owner)
    make_member(account=subscription.account, portal="subscriber", role="member")

    for number, value in enumerate((79, 1, 5, 15, 50)):
        tell(subscription, str(number), value)
        outbox.drain()

    assert told() == [("usage_limit_near", "Li"), ("usage_limit_reached", "Li")]
    levels = UsageNotice.objects.order_by("percent").values_list("percent", "used")
    assert list(levels) == [(80, 80), (100, 100)]
    assert Message.objects.filter(key="usage_limit_near").get().params["meter"] == "短信"


def test_who_jumps_over_both_is_told_the_higher_one_only() -> None:
    subscription = subscribe(limit=10)
    make_member(account=subscription.account, portal="subscriber", role="owner", user=make_user(name="Li"))

    tell(subscription, "1", 12)
    outbox.drain()

    assert [key for key, _ in told()] == ["usage_limit_reached"]
    assert UsageNotice.objects.count() == 2


def test_the_next_period_is_told_anew() -> None:
    subscription = subscribe(limit=10, aggregate="sum", is_level=True)
    make_member(account=subscription.account, portal="subscriber", role="owner", user=make_user(name="Li"))
    tell(subscription, "1", 9)
    at = clock.now()

    notice_limits(account_id=subscription.account_id, meters=["sms"], by=SYSTEM, at=at)
    notice_limits(account_id=subscription.account_id, meters=["sms"], by=SYSTEM, at=_a_month_after(at))

    assert [key for key, _ in told()] == ["usage_limit_near"] * 2


def _a_month_after(at: datetime) -> datetime:
    return at.replace(day=28) + timedelta(days=7)


def test_beyond_a_limit_that_stops_nothing_is_recorded_and_taking_back_always_is() -> None:
    subscription = subscribe(limit=10, stops=True)
    tell(subscription, "1", 10)

    with pytest.raises(LimitReached) as refusal:
        tell(subscription, "2", 1)
    tell(subscription, "3", 1, is_removal=True)
    tell(subscription, "2", 1)

    assert refusal.value.facts["limit"] == 10
    assert UsageEvent.objects.count() == 3


def test_a_limit_that_does_not_stop_is_passed() -> None:
    subscription = subscribe(limit=10)

    tell(subscription, "1", 11)

    assert UsageEvent.objects.count() == 1
    assert Stretch.objects.count() == 1


def test_a_plan_for_one_is_full_from_the_start_and_nobody_is_told_so() -> None:
    subscription = subscribe(limit=1)
    make_member(account=subscription.account, portal="subscriber", role="owner")

    tell(subscription, "1", 1)
    outbox.drain()

    assert told() == []
    assert not UsageNotice.objects.exists()
