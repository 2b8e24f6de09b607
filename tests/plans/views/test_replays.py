"""A draft is replayed over last month's usage of a plan's subscribers: what each would have paid, nothing billed."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from invoices.models import Invoice
from plans.errors import ReplayMonthOpen
from plans.models import ChargePrice, Replay, ReplayLine
from plans.operations.replays import Whom, start_replay
from plans.operations.usage import NewEvent, record_usage
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from tests.plans.factories import make_charge, make_meter
from tests.plans.replaying import ZONE, Two, asked, last_month, run, subscribe

pytestmark = pytest.mark.django_db


def test_each_is_compared_and_nothing_is_billed(operator: Client, versions: Two) -> None:
    on_sale, draft = versions
    little = subscribe(on_sale, name="Little", calls=10)
    much = subscribe(on_sale, name="Much", calls=200)
    subscribe(on_sale, name="Abroad", calls=1, currency="EUR")

    made = run(operator, draft)

    found = {line.subscription_id: (line.before_minor, line.after_minor) for line in ReplayLine.objects.all()}
    assert found == {little.pk: (10500, 9000), much.pk: (20000, 28000)}
    made.refresh_from_db()
    assert made.skipped_count == 1
    assert not Invoice.objects.exists()
    page = operator.get(f"/operator/plans/replays/{made.pk}/").content.decode()
    assert "Much" in page
    assert "1 subscription is left out" in page
    assert "of 2 subscriptions" in page
    exported = operator.get(f"/operator/plans/replays/{made.pk}/?export=csv")
    assert b"Much" in b"".join(exported.streaming_content if exported.streaming else [exported.content])


def test_who_came_in_the_middle_is_compared_by_the_days(operator: Client, versions: Two) -> None:
    on_sale, draft = versions
    days = monthrange(last_month().year, last_month().month)[1]
    subscribe(on_sale, name="Late", calls=0, since=last_month() + timedelta(days=days - 10))

    run(operator, draft)

    line = ReplayLine.objects.get()
    assert line.before_minor == (10000 * 10 * 2 + days) // (2 * days)  # rounded, half up
    assert line.difference_minor < 0


def test_a_month_without_anybody_and_one_that_is_open_are_refused(operator: Client, versions: Two) -> None:
    _on_sale, draft = versions
    address = f"/operator/plans/versions/{draft.pk}/replay/"
    wish = asked(draft)

    assert "served nobody in that month" in operator.post(address, wish).content.decode()
    whom = Whom(of_plan_id=draft.plan_id, month_on=clock.now().date())
    with pytest.raises(ReplayMonthOpen):
        start_replay(version_id=draft.pk, whom=whom, by=SYSTEM, at=clock.now())
    assert not Replay.objects.exists()


def test_a_draft_that_takes_a_share_is_replayed_over_what_was_won_before_it(operator: Client, versions: Two) -> None:
    on_sale, draft = versions
    seller = on_sale.plan.seller
    share = make_charge(draft, code="share", meter=make_meter("sales", seller=seller), model="percentage")
    ChargePrice.objects.create(charge=share, currency="CNY", rate=3)
    one = subscribe(on_sale, name="Winner", calls=0)
    won_at = datetime(last_month().year, last_month().month, 5, 12, tzinfo=ZONE)
    event = NewEvent("won", "sales", won_at, Decimal(12400), item="deal", properties={"currency": "CNY"})
    abroad = event._replace(id="abroad", properties={"currency": "USD"})
    record_usage(account_id=one.account_id, source="crm", events=[event, abroad], by=SYSTEM, at=won_at)

    run(operator, draft)

    line = ReplayLine.objects.get()
    assert line.parts["after"]["share"] == 372_00
    assert line.parts["before"].get("share") is None
