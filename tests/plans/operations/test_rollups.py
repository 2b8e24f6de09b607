"""Usage is folded into sums by hour and day, and the sums are always what a recount gives."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from plans.models import Meter, Subscription, UsageBatch, UsageDay, UsageHour
from plans.operations.rollups import fold_all, fold_usage
from plans.operations.usage import NewEvent, record_usage
from plans.queries.explorer import usage_by_day, usage_by_hour
from provider.kernel import laws, outbox
from provider.kernel.actor import SYSTEM
from tests.plans.factories import make_charge, make_meter, make_plan, make_subscription, make_version, publish_row

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
LAWS = ["usage_days_equal_a_recount", "usage_hours_equal_a_recount"]


@pytest.fixture
def subscription() -> Subscription:
    plan = make_plan()
    version = make_version(plan=plan)
    for code, aggregate, is_level in (
        ("calls", "count", False),
        ("volume", "sum", False),
        ("peak", "max", False),
        ("state", "latest", False),
        ("records", "sum", True),
        ("seats", "unique", True),
    ):
        make_charge(version, meter=make_meter(code, seller=plan.seller, aggregate=aggregate, carries_over=is_level))
    return make_subscription(version=publish_row(version))


def tell(subscription: Subscription, *events: NewEvent, at: datetime = AT) -> None:
    record_usage(account_id=subscription.account_id, source="test", events=events, by=SYSTEM, at=at)


def event(
    number: int, meter: str, at: datetime, value: int = 1, *, item: str = "", is_removal: bool = False
) -> NewEvent:
    return NewEvent(f"{meter}-{number}", meter, at, Decimal(value), item, is_removal)


def broken() -> list[str]:
    return [law.name for law in laws.known(LAWS) if not laws.check(law).holds]


def shown(subscription: Subscription, *, start: date, end: date) -> dict[str, tuple[Decimal, list[Decimal]]]:
    found = usage_by_day(account=subscription.account, start=start, end=end, at=AT)
    return {one.meter.code: (one.total, [point.quantity for point in one.points]) for one in found}


def test_many_batches_in_any_order_are_what_a_recount_gives(subscription: Subscription) -> None:
    dice = random.Random(7)
    events = [
        event(n, dice.choice(["calls", "volume", "records"]), AT - timedelta(minutes=dice.randrange(9_000)),
              dice.randrange(1, 9), is_removal=dice.random() < 0.2)
        for n in range(200)
    ] + [event(n, "peak", AT - timedelta(minutes=n), n) for n in range(90)]  # fmt: skip
    dice.shuffle(events)
    for cut in range(0, len(events), 40):
        tell(subscription, *events[cut : cut + 40])
        if cut % 80 == 0:
            fold_usage(at=AT)

    before = shown(subscription, start=date(2026, 3, 12), end=date(2026, 3, 21))
    assert fold_all(at=AT) > 0
    assert fold_all(at=AT) == 0

    assert shown(subscription, start=date(2026, 3, 12), end=date(2026, 3, 21)) == before
    assert broken() == []
    assert sum(UsageHour.objects.values_list("event_count", flat=True)) == 290
    assert not UsageBatch.objects.filter(folded_at=None).exists()


def test_a_sum_that_is_wrong_is_found(subscription: Subscription) -> None:
    tell(subscription, event(1, "calls", AT))
    fold_all(at=AT)
    UsageDay.objects.update(total=5)

    assert broken() == ["usage_days_equal_a_recount"]


def test_days_are_those_of_the_subscriptions_zone(subscription: Subscription) -> None:
    tell(subscription, event(1, "calls", datetime(2026, 3, 18, 15, 59, tzinfo=UTC)))
    tell(subscription, event(2, "calls", datetime(2026, 3, 18, 16, 0, tzinfo=UTC)))
    fold_all(at=AT)

    assert list(UsageDay.objects.order_by("day").values_list("day", flat=True)) == [
        date(2026, 3, 18),
        date(2026, 3, 19),
    ]
    assert shown(subscription, start=date(2026, 3, 18), end=date(2026, 3, 20))["calls"] == (2, [1, 1])


def test_levels_stand_where_they_stood_and_flows_run_through(subscription: Subscription) -> None:
    tell(
        subscription,
        event(1, "records", AT - timedelta(days=3), 100),
        event(2, "records", AT - timedelta(days=1), 20, is_removal=True),
        event(1, "seats", AT - timedelta(days=3), item="ann"),
        event(2, "seats", AT - timedelta(days=1, hours=1), item="bo"),
        event(3, "seats", AT - timedelta(days=1), item="bo", is_removal=True),
        event(1, "state", AT - timedelta(days=1, hours=2), 7),
        event(2, "state", AT - timedelta(days=1, hours=1), 4),
        event(1, "peak", AT - timedelta(days=1), 9),
    )
    fold_all(at=AT)

    found = shown(subscription, start=date(2026, 3, 18), end=date(2026, 3, 25))  # 21 March has not come

    assert found["records"] == (80, [100, 80, 80])
    assert found["seats"] == (1, [1, 2, 1])  # both were there on the 19th, as a bill counts
    assert found["state"] == (4, [0, 4, 0])
    assert found["peak"] == (9, [0, 9, 0])


def test_the_hours_of_a_day_are_counted_up_to_now(subscription: Subscription) -> None:
    tell(subscription, event(1, "volume", AT - timedelta(hours=2), 3), event(2, "volume", AT, 4))

    (volume,) = usage_by_hour(account=subscription.account, day=date(2026, 3, 20), at=AT + timedelta(minutes=1))

    assert [point.quantity for point in volume.points][-3:] == [3, 0, 4]
    assert len(volume.points) == 18  # 17:01 in Shanghai
    assert volume.total == 7


def test_what_is_recorded_is_folded_a_moment_later(subscription: Subscription) -> None:
    tell(subscription, event(1, "calls", AT))
    outbox.drain()

    assert UsageDay.objects.get().meter_id == Meter.objects.get(code="calls").pk
