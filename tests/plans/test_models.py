"""What the database holds by itself: each law is attacked through the ORM and in raw SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from plans.models import AccessSpell, ChargePrice, Period, PlanCharge, PlanVersion, Stretch, UsageEvent, UsageKey
from tests.factories import AT

from .factories import make_subscription, make_version, publish_row

pytestmark = pytest.mark.django_db
FEB, MARCH, APRIL, MAY = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def refused(law: str, act: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError, match=law), transaction.atomic():
        act()


def sql(statement: str, *params: object) -> Callable[[], object]:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)

    return act


def instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def make_period(subscription: object, *, start: date, end: date, charge: str = "base", stretch: int = 0) -> Period:
    return Period.objects.create(
        subscription=subscription,
        stretch=stretch,
        charge_code=charge,
        start_on=start,
        end_on=end,
        starts_at=instant(start),
        ends_at=instant(end),
        whole_start_on=start,
        whole_end_on=end,
        settled_at=AT,
    )


def test_a_day_belongs_to_one_period_of_a_charge() -> None:
    subscription = make_subscription()
    make_period(subscription, start=MARCH, end=APRIL)

    refused(
        "periods_do_not_overlap",
        lambda: make_period(subscription, start=date(2026, 3, 31), end=MAY, stretch=1),
    )

    make_period(subscription, start=APRIL, end=MAY)
    make_period(subscription, start=MARCH, end=APRIL, charge="seat")


def test_a_period_is_shortened_but_never_stretched_or_removed() -> None:
    period = make_period(make_subscription(), start=MARCH, end=APRIL)
    rows = Period.objects.filter(pk=period.pk)

    assert rows.update(end_on=date(2026, 3, 20), ends_at=instant(date(2026, 3, 20))) == 1

    refused("period_is_only_shortened", lambda: rows.update(end_on=APRIL))
    refused("period_is_only_shortened", lambda: rows.update(charge_code="other"))
    refused("period_is_only_shortened", rows.delete)
    refused("period_is_only_shortened", sql("update plans_period set end_on = '2027-01-01' where id = %s", period.pk))


def test_a_cut_to_nothing_frees_the_day_for_the_next_plan() -> None:
    subscription = make_subscription()
    period = make_period(subscription, start=MARCH, end=APRIL)
    Period.objects.filter(pk=period.pk).update(end_on=MARCH, ends_at=instant(MARCH))

    make_period(subscription, start=MARCH, end=APRIL, stretch=1)


def test_what_was_published_stays_as_it_was() -> None:
    version = make_version()
    charge = PlanCharge.objects.create(
        version=version, code="base", model="flat", timing="in_advance", is_prorated=True
    )
    price = ChargePrice.objects.create(charge=charge, currency="CNY", price=Decimal("88"))
    publish_row(version)

    refused("published_version_is_frozen", lambda: PlanVersion.objects.filter(pk=version.pk).update(grace_days=99))
    refused("published_version_is_frozen", lambda: PlanVersion.objects.filter(pk=version.pk).update(status="draft"))
    refused("published_terms_are_frozen", lambda: ChargePrice.objects.filter(pk=price.pk).update(price=1))
    refused("published_terms_are_frozen", sql("delete from plans_chargeprice where id = %s", price.pk))
    refused("published_terms_are_frozen", lambda: PlanCharge.objects.filter(pk=charge.pk).update(is_prorated=False))
    refused(
        "published_terms_are_frozen",
        lambda: PlanCharge.objects.create(
            version=version, code="late", model="flat", timing="in_advance", is_prorated=True
        ),
    )


def test_a_plan_has_one_draft() -> None:
    version = make_version()

    refused("plan_one_draft", lambda: make_version(plan=version.plan, number=2))


def test_stretches_follow_one_another() -> None:
    subscription = make_subscription()
    version = subscription.stretches.get().version
    overlapping = {
        "subscription": subscription,
        "position": 1,
        "version": version,
        "cause": "change",
        "start_on": date(2026, 3, 10),
        "from_at": AT,
    }

    refused("stretches_do_not_overlap", lambda: Stretch.objects.create(**overlapping))

    Stretch.objects.filter(subscription=subscription).update(end_on=date(2026, 3, 10), until_at=AT, end_cause="change")
    Stretch.objects.create(**overlapping)
    refused("stretch_keeps_its_start", lambda: Stretch.objects.filter(position=1).update(start_on=date(2026, 3, 11)))
    refused("stretch_keeps_its_start", sql("delete from plans_stretch"))


def test_an_account_is_in_one_state_of_access() -> None:
    subscription = make_subscription()
    spell = {"account": subscription.account, "subscription": subscription, "cause": "trial_started", "from_at": AT}
    AccessSpell.objects.create(state="trial", **spell)

    refused(
        "access_spells_do_not_overlap|account_has_one_open_spell",
        lambda: AccessSpell.objects.create(state="active", **spell),
    )
    refused("access_spell_keeps_its_start", lambda: AccessSpell.objects.update(state="dormant"))
    refused("access_spell_keeps_its_start", sql("delete from plans_accessspell"))


def test_an_event_is_counted_once_for_good_and_never_changed() -> None:
    key = {"account_id": make_subscription().account_id, "source": "till", "event_id": "1"}
    UsageKey.objects.create(**key, content=b"0" * 16, batch_id=1)

    refused("plans_usagekey_pkey", lambda: UsageKey.objects.create(**key, content=b"1" * 16, batch_id=2))
    refused("usage_key_is_append_only", lambda: UsageKey.objects.all().update(batch_id=3))
    refused("permission denied", sql("truncate plans_usagekey"))


@pytest.mark.parametrize(
    ("at", "partition"),
    [
        (datetime(2026, 3, 31, 23, 59, tzinfo=UTC), "plans_usageevent_202603"),
        (datetime(2026, 4, 1, tzinfo=UTC), "plans_usageevent_202604"),
        (datetime(1999, 1, 1, tzinfo=UTC), "plans_usageevent_elsewhen"),
    ],
)
def test_an_event_lies_in_the_partition_of_its_month(at: datetime, partition: str) -> None:
    subscription = make_subscription()
    UsageEvent.objects.create(
        id=1,
        at=at,
        account_id=subscription.account_id,
        subscription_id=subscription.id,
        meter_id=1,
        value=1,
        source="till",
        event_id="1",
        batch_id=1,
    )

    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass::text from plans_usageevent")
        assert cursor.fetchall() == [(partition,)]
    refused("usage_event_is_append_only", lambda: UsageEvent.objects.all().update(value=2))
    refused("usage_event_is_append_only", sql("delete from plans_usageevent"))
