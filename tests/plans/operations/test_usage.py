"""Usage is counted exactly once, and its sender learns what became of each event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plans.errors import (
    BadEventId,
    BadEventValue,
    BadUsageSource,
    EventAhead,
    EventConflict,
    EventItemMissing,
    EventRemovalUnfit,
    EventTooOld,
    UnknownMeter,
)
from plans.models import Stretch, Subscription, UnmatchedEvent, UsageBatch, UsageEvent, UsageKey
from plans.operations.usage import NewEvent, Recorded, record_usage
from plans.rules.usage import digest_of
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import Refusal
from provider.kernel.models import OutboxEvent
from tests.plans.factories import make_meter, make_metered_subscription, make_subscription
from tests.racing import race

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
EARLIER = AT - timedelta(hours=1)


def event(event_id: str = "1", meter: str = "calls", **facts: Any) -> NewEvent:
    return NewEvent(**{"id": event_id, "meter": meter, "at": EARLIER} | facts)


def tell(subscription: Subscription, *events: NewEvent, source: str = "switch", at: datetime = AT) -> Recorded:
    return record_usage(account_id=subscription.account_id, source=source, events=events, by=SYSTEM, at=at)


def outcomes(recorded: Recorded) -> Sequence[str]:
    return [entry.outcome for entry in recorded.events]


def test_an_event_is_counted_and_its_sender_learns_for_whom() -> None:
    subscription = make_metered_subscription("calls", code="main")

    recorded = tell(subscription, event(value=Decimal("2.5"), properties={"to": "+86"}))

    assert outcomes(recorded) == ["recorded"]
    assert (recorded.events[0].match.subscription, recorded.events[0].match.charges) == ("main", ("calls",))
    row = UsageEvent.objects.get()
    assert (row.subscription_id, row.value, row.at, row.source) == (subscription.id, Decimal("2.5"), EARLIER, "switch")
    assert row.properties == {"to": "+86"}
    batch = UsageBatch.objects.get()
    assert (batch.id, batch.recorded_count, batch.from_at, batch.folded_at) == (recorded.batch_id, 1, EARLIER, None)


def test_the_same_again_is_a_duplicate_however_it_is_written() -> None:
    subscription = make_metered_subscription("calls")
    tell(subscription, event(value=Decimal("100")))

    again = event(value=Decimal("1E2"), at=EARLIER.astimezone(tz=None))
    recorded = tell(subscription, again, event("2"), event("2"))

    assert outcomes(recorded) == ["duplicate", "recorded", "duplicate"]
    assert UsageEvent.objects.count() == UsageKey.objects.count() == 2
    assert recorded.count("duplicate") == 2


def test_another_source_may_use_the_same_ids() -> None:
    subscription = make_metered_subscription("calls")

    tell(subscription, event())

    assert outcomes(tell(subscription, event(), source="till")) == ["recorded"]


def test_other_content_under_a_known_id_refuses_the_whole_batch() -> None:
    subscription = make_metered_subscription("calls")
    tell(subscription, event())

    with pytest.raises(EventConflict) as refusal:
        tell(subscription, event("2"), event("1", value=Decimal(7)))
    with pytest.raises(EventConflict):
        tell(subscription, event("3"), event("3", at=AT))

    assert refusal.value.facts["events"] == ["1"]
    assert "“1”" in str(refusal.value)
    assert UsageEvent.objects.count() == UsageKey.objects.count() == 1


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (event(meter="fax"), UnknownMeter),
        (event(at=AT - timedelta(days=36)), EventTooOld),
        (event(at=AT + timedelta(minutes=6)), EventAhead),
        (event(""), BadEventId),
        (event("a\x1fb"), BadEventId),
        (event("x" * 121), BadEventId),
        (event(value=Decimal("NaN")), BadEventValue),
        (event(value=Decimal("0.123456789")), BadEventValue),
        (event(value=Decimal("1E+30")), BadEventValue),
        (event(meter="seats"), EventItemMissing),
        (event(meter="storage", is_removal=True), EventRemovalUnfit),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_name_and_nothing_changes(
    told: NewEvent, refusal: type[Refusal]
) -> None:
    subscription = make_metered_subscription("calls", "seats")
    make_meter("storage", aggregate="max", seller=Stretch.objects.get().version.plan.seller)

    with pytest.raises(refusal):
        tell(subscription, event("fine"), told)

    assert not UsageEvent.objects.exists()
    assert not UsageKey.objects.exists()
    assert not OutboxEvent.objects.filter(name="plans.usage_recorded").exists()


def test_a_source_is_named() -> None:
    with pytest.raises(BadUsageSource):
        tell(make_metered_subscription("calls"), event(), source="")


def test_thirty_five_days_and_five_minutes_are_still_taken() -> None:
    subscription = make_metered_subscription("calls")
    later = AT + timedelta(days=20)

    recorded = tell(
        subscription,
        event("old", at=later - timedelta(days=35)),
        event("new", at=later + timedelta(minutes=5)),
        at=later,
    )

    assert outcomes(recorded) == ["recorded", "recorded"]


def test_what_no_plan_counts_waits_in_the_inbox_and_the_sender_is_told() -> None:
    subscription = make_metered_subscription("calls")
    make_meter("sms", seller=Stretch.objects.get().version.plan.seller)

    recorded = tell(
        subscription,
        event("1", "sms"),
        event("2", at=datetime(2026, 3, 2, 8, tzinfo=UTC)),
        event("3", subscription="gone"),
    )

    assert outcomes(recorded) == ["unmatched"] * 3
    whys = dict(UnmatchedEvent.objects.values_list("event_id", "why"))
    assert whys == {"1": "not_in_plan", "2": "not_served", "3": "unknown_subscription"}
    assert outcomes(tell(subscription, event("1", "sms"))) == ["duplicate"]
    assert not UsageEvent.objects.exists()


def test_with_two_that_count_the_event_names_its_own() -> None:
    main = make_metered_subscription("calls")
    version = Stretch.objects.get().version
    make_subscription(account=main.account, version=version, code="branch", is_main=False)

    recorded = tell(main, event("1"), event("2", subscription="branch"))

    assert [entry.match.subscription for entry in recorded.events] == ["", "branch"]
    assert UnmatchedEvent.objects.get().why == "several_subscriptions"


def test_a_level_is_kept_while_the_service_rests_and_a_flow_is_not() -> None:
    subscription = make_metered_subscription("seats", "calls")
    Stretch.objects.update(end_on=date(2026, 3, 10), until_at=datetime(2026, 3, 10, tzinfo=UTC), end_cause="pause")

    recorded = tell(subscription, event("1", "seats", item="ann", is_removal=True), event("2", "calls"))

    assert outcomes(recorded) == ["recorded", "unmatched"]


def test_a_level_belongs_to_the_main_subscription_even_where_no_plan_prices_it_yet() -> None:
    subscription = make_metered_subscription("calls", code="main")
    make_meter("seats", aggregate="unique", carries_over=True, seller=Stretch.objects.get().version.plan.seller)

    recorded = tell(subscription, event("1", "seats", item="ann"))

    assert (recorded.events[0].outcome, recorded.events[0].match.charges) == ("recorded", ())


def test_higher_storeys_are_told_once_for_a_batch() -> None:
    subscription = make_metered_subscription("calls")

    tell(subscription, event("1"), event("2", at=EARLIER - timedelta(days=1)))
    tell(subscription, event("1"))

    told = OutboxEvent.objects.get(name="plans.usage_recorded")
    assert told.payload["subscription_ids"] == [str(subscription.id)]
    assert told.payload["from_at"] == (EARLIER - timedelta(days=1)).isoformat()
    assert told.payload["meters"] == ["calls"]


def test_nothing_told_is_nothing_recorded() -> None:
    assert tell(make_metered_subscription("calls")).events == []


def test_digests_tell_contents_apart() -> None:
    contents = [
        event(),
        event(value=Decimal(2)),
        event(item="ann"),
        event(is_removal=True),
        event(properties={"a": 1}),
        event(subscription="main"),
        event(meter="sms"),
        event(at=AT),
    ]

    assert len({digest_of(told) for told in contents}) == len(contents)


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_the_same_events_count_them_once() -> None:
    subscription = make_metered_subscription("calls")
    forward = [event(str(number)) for number in range(300)]

    race(lambda: tell(subscription, *forward), lambda: tell(subscription, *reversed(forward)))

    assert UsageEvent.objects.count() == 300
    assert sorted(UsageBatch.objects.values_list("recorded_count", "duplicate_count")) == [(0, 300), (300, 0)]
