"""A draft is replayed over last month's usage of a plan's subscribers: what each would have paid, nothing billed."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from invoices.models import Invoice
from plans.errors import ReplayMonthOpen
from plans.models import ChargePrice, PlanVersion, Replay, ReplayLine, Stretch, Subscription
from plans.operations.replays import Whom, start_replay
from plans.operations.usage import NewEvent, record_usage
from provider.accounts.models import Account
from provider.kernel import clock, jobs
from provider.kernel.actor import SYSTEM
from tests.factories import AT, make_account
from tests.plans.factories import make_charge, make_meter, make_plan, make_version, publish_row

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


def last_month() -> date:
    """Its first day."""
    today = clock.now().astimezone(ZONE).date()
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


@pytest.fixture
def versions(provider: Account) -> tuple[PlanVersion, PlanVersion]:
    """“team” on sale: 100 a month, calls at 0.50; and its draft: 80 a month, calls at 1.00."""
    plan = make_plan(seller=provider, code="team", name="Team")
    meter = make_meter("calls", seller=provider)
    made = []
    for number, base, call in ((1, "100", "0.5"), (2, "80", "1")):
        version = make_version(plan=plan, number=number, currencies=["CNY"])
        for charge, price in ((make_charge(version), base), (make_charge(version, meter=meter), call)):
            for currency in ("CNY", "EUR") if number == 1 else ("CNY",):
                ChargePrice.objects.create(charge=charge, currency=currency, price=price)
        made.append(publish_row(version) if number == 1 else version)
    return made[0], made[1]


def subscribe(version: PlanVersion, *, name: str, calls: int, since: date | None = None, **facts: Any) -> Subscription:
    """A subscriber who used so many calls on the tenth of last month."""
    first = since or last_month()
    account = make_account(name=name, portal="subscriber")
    one = Subscription.objects.create(
        account=account, status="active", currency=facts.get("currency", "CNY"), time_zone=ZONE.key, pays="on_terms",
        first_on=first, started_at=AT, created_at=AT,
    )  # fmt: skip
    Stretch.objects.create(
        subscription=one, position=0, version=version, cause="start", start_on=first,
        from_at=datetime(first.year, first.month, first.day, tzinfo=ZONE),
    )  # fmt: skip
    used_at = datetime(first.year, first.month, first.day, 12, tzinfo=ZONE)
    event = NewEvent("1", "calls", used_at, Decimal(calls))
    record_usage(account_id=account.id, source="test", events=[event], by=SYSTEM, at=used_at)
    return one


def asked(draft: PlanVersion) -> dict[str, Any]:
    """What the page sends for everybody."""
    return {"month": last_month().isoformat(), "of_plan": str(draft.plan_id), "who": "everybody"}


def run(operator: Client, draft: PlanVersion, **fields: Any) -> Replay:
    """Start it as the operator does, and let it come to its end."""
    wish = asked(draft) | fields
    answer = operator.post(f"/operator/plans/versions/{draft.pk}/replay/", wish)
    assert answer.status_code == 302, answer.content.decode()
    made = Replay.objects.get()
    assert made.job_id is not None
    jobs.run_to_end(job_id=made.job_id, at=clock.now())
    return made


def test_each_is_compared_and_nothing_is_billed(operator: Client, versions: tuple[PlanVersion, PlanVersion]) -> None:
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


def test_who_came_in_the_middle_is_compared_by_the_days(
    operator: Client, versions: tuple[PlanVersion, PlanVersion]
) -> None:
    on_sale, draft = versions
    days = monthrange(last_month().year, last_month().month)[1]
    subscribe(on_sale, name="Late", calls=0, since=last_month() + timedelta(days=days - 10))

    run(operator, draft)

    line = ReplayLine.objects.get()
    assert line.before_minor == (10000 * 10 * 2 + days) // (2 * days)  # rounded, half up
    assert line.difference_minor < 0


def test_a_month_without_anybody_and_one_that_is_open_are_refused(
    operator: Client, versions: tuple[PlanVersion, PlanVersion]
) -> None:
    _on_sale, draft = versions
    address = f"/operator/plans/versions/{draft.pk}/replay/"
    wish = asked(draft)

    assert "served nobody in that month" in operator.post(address, wish).content.decode()
    whom = Whom(of_plan_id=draft.plan_id, month_on=clock.now().date())
    with pytest.raises(ReplayMonthOpen):
        start_replay(version_id=draft.pk, whom=whom, by=SYSTEM, at=clock.now())
    assert not Replay.objects.exists()


def test_a_draft_that_takes_a_share_is_replayed_over_what_was_won_before_it(
    operator: Client, versions: tuple[PlanVersion, PlanVersion]
) -> None:
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
