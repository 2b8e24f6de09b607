"""An operator takes an event back: chosen in the explorer, its effect seen first, both halves linked afterwards."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import UsageEvent
from plans.operations.usage import NewEvent, record_usage
from provider.kernel import clock, outbox
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage
from tests.api.conftest import assert_problem, caller_for, make_key
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage, at = make_stage(), clock.now()
    wish = NewSubscription(version_id=stage.versions["calls"].id)
    start_subscription(account_id=stage.account.pk, wish=wish, by=SYSTEM, at=at - timedelta(days=1))
    events = [NewEvent(f"call-{n}", "calls", at - timedelta(seconds=1)) for n in range(3)]
    record_usage(account_id=stage.account.pk, source="switch", events=events, by=SYSTEM, at=at)
    outbox.drain()
    return stage


def test_an_operator_sees_what_it_changes_says_why_and_finds_both_events(client: Client, stage: Stage) -> None:
    provider = make_account(name="The provider", portal="provider")
    operator = enter(client, make_member(account=provider, portal="provider", role="operator"))
    event = UsageEvent.objects.get(event_id="call-1")
    page = reverse("invoices:usage_event", args=[stage.account.pk, event.id])
    act = reverse("invoices:usage_correct", args=[stage.account.pk, event.id])

    seen = operator.get(page)
    expected = seen.context["seen"].fingerprint
    assert [(one.before.minor, one.after.minor) for one in seen.context["changes"]] == [(150, 100)]
    assert operator.post(act, {"expected": expected}).context["form"].errors["reason"]
    outdated = operator.post(act, {"expected": "old", "reason": "Told twice"})
    assert outdated.context["form"].initial["reason"] == "Told twice"
    assert not UsageEvent.objects.filter(source="correction").exists()

    assert operator.post(act, {"expected": expected, "reason": "Told twice"}).status_code == 302

    correction = UsageEvent.objects.get(source="correction")
    other = reverse("invoices:usage_event", args=[stage.account.pk, correction.id])
    assert other in operator.get(page).content.decode()
    assert "Told twice" in (half := operator.get(other).content.decode())
    assert page in half
    assert operator.post(act, {"expected": expected, "reason": "Once more"}).status_code == 200
    assert UsageEvent.objects.filter(source="correction").count() == 1
    day = event.at.astimezone(ZoneInfo("Asia/Shanghai")).date()
    listed = operator.get(reverse("plans:usage_day", args=[stage.account.pk, "calls", day])).content.decode()
    assert (listed.count("Taken back"), page in listed, other in listed) == (1, True, True)


def test_a_machine_previews_takes_back_and_is_refused_what_is_not_there(stage: Stage) -> None:
    provider = make_account(name="The provider", portal="provider")
    caller = caller_for(provider, portal="provider")
    _, caller.secret = make_key(provider, portal="provider", is_test=True)
    wish = {"account_id": str(stage.account.pk), "source": "switch", "event_id": "call-0"}

    seen = caller.post("/usage/corrections", wish | {"preview": True}).json()
    [change] = seen["changes"]
    assert (change["units_before"], change["units_after"], change["before"], change["after"]) == (
        "3", "2", "1.50", "1.00",
    )  # fmt: skip
    assert (seen["difference"], seen["correction"]) == ("-0.53", "")

    done = caller.post("/usage/corrections", wish | {"reason": "Told twice", "expected": seen["fingerprint"]}).json()
    assert done["correction"] == str(UsageEvent.objects.get(event_id="call-0").id)
    twice = caller.post("/usage/corrections", wish | {"reason": "Again"})
    assert_problem(twice, status=409, code="event_corrected")
    unknown = caller.post("/usage/corrections", wish | {"event_id": "call-77", "reason": "?"})
    assert_problem(unknown, status=404, code="usage_event_unknown")
    other = make_account(is_test=True)
    strange = caller.post("/usage/corrections", wish | {"account_id": str(other.pk), "reason": "?"})
    assert_problem(strange, status=404, code="usage_event_unknown")
