"""What is used against what the plan allows, on the subscriber's home: near a limit it says what to do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from plans.models import ChargePrice, Entitlement, Subscription
from plans.operations.usage import NewEvent, record_usage
from plans.queries.limits import uses_of
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.plans.factories import make_charge, make_meter, make_plan, make_subscription, make_version, publish_row

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def subscribe(*, stops: bool, limit: int = 10) -> Subscription:
    """So many text messages are allowed, files are not limited."""
    plan = make_plan()
    version = make_version(plan=plan)
    for code in ("sms", "files"):
        charge = make_charge(version, meter=make_meter(code, seller=plan.seller, aggregate="sum"))
        ChargePrice.objects.create(charge=charge, currency="CNY", price=Decimal("0.05"))
    Entitlement.objects.create(version=version, feature="sms", limit=limit, stops_at_limit=stops)
    return make_subscription(version=publish_row(version))


def use(subscription: Subscription, *, meter: str, number: int) -> None:
    at = clock.now() - timedelta(seconds=1)
    event = NewEvent(f"{meter} {number} {at}", meter, at, Decimal(number))
    record_usage(account_id=subscription.account_id, source="gate", events=[event], by=SYSTEM, at=clock.now())


@pytest.mark.parametrize("stops", [True, False])
def test_the_bar_says_what_to_do_at_80_and_at_100_percent(
    client: Client, stops: bool, django_assert_max_num_queries: Any
) -> None:
    subscription = subscribe(stops=stops)
    owner = enter(client, make_member(account=subscription.account, portal="subscriber", role="owner"))
    assert "/my/use/" in owner.get("/my/").content.decode()

    use(subscription, meter="files", number=7)
    use(subscription, meter="sms", number=7)
    calm = owner.get("/my/use/", headers=PART).content.decode()
    assert "each one is charged at its price" in calm
    assert "Choose a larger plan" not in calm
    use(subscription, meter="sms", number=1)
    assert "2 left. Choose a larger plan in time." in owner.get("/my/use/", headers=PART).content.decode()
    use(subscription, meter="sms", number=2)

    with django_assert_max_num_queries(15):
        full = owner.get("/my/use/").content.decode()
    assert ("no more can be added" if stops else "Everything goes on working") in full
    assert f"/my/subscriptions/{subscription.pk}/plan/" in full


def test_whoever_may_not_change_the_plan_is_not_led_there(client: Client) -> None:
    subscription = subscribe(stops=False)
    use(subscription, meter="sms", number=10)
    member = enter(client, make_member(account=subscription.account, portal="subscriber", role="member"))
    assert "/plan/" not in member.get("/my/use/").content.decode()


def test_without_a_plan_nothing_is_counted(client: Client) -> None:
    account = make_account(name="Fern")
    owner = enter(client, make_member(account=account, portal="subscriber", role="owner"))
    assert uses_of(account=account, at=clock.now()) == []
    assert "Nothing is counted yet" in owner.get("/my/use/").content.decode()
    assert "<section" not in owner.get("/my/use/", headers=PART).content.decode()


def test_a_plan_for_one_is_not_a_limit_that_was_hit(client: Client) -> None:
    subscription = subscribe(stops=True, limit=1)
    use(subscription, meter="sms", number=1)
    owner = enter(client, make_member(account=subscription.account, portal="subscriber", role="owner"))

    page = owner.get("/my/use/").content.decode()

    assert "This plan is for one" in page
    assert "no more can be added" not in page
