"""Usage on pages: meters, what nobody counts, and what an account used down to the event."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from plans.models import Meter, PlanCharge, Subscription, UnmatchedEvent, UsageConflict, UsageEvent
from plans.operations.reports import Report, record_reports
from plans.operations.usage import NewEvent, record_usage
from provider.accounts.models import Account
from provider.kernel import clock, jobs
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import Refusal
from provider.kernel.ids import new_id
from provider.kernel.models import AuditRow, Job
from tests.console.conftest import enter
from tests.factories import make_member, make_user
from tests.plans.factories import make_charge, make_meter, make_plan, make_subscription, make_version, publish_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription(provider: Account) -> Subscription:
    plan = make_plan(seller=provider, name="Standard")
    version = make_version(plan=plan)
    make_charge(version, meter=make_meter("calls", seller=provider))
    make_meter("sms", seller=provider, name="Text parts")
    return make_subscription(version=publish_row(version), code="main", first_on=clock.now().date())


def tell(subscription: Subscription, event_id: str, meter: str = "calls", value: int = 1, **facts: Any) -> None:
    at, source = clock.now(), facts.pop("source", "switch")
    event = NewEvent(event_id, meter, at - timedelta(seconds=1), Decimal(value), **facts)
    record_usage(account_id=subscription.account_id, source=source, events=[event], by=SYSTEM, at=at)


def say_otherwise(subscription: Subscription, event_id: str) -> None:
    event = NewEvent(event_id, "calls", clock.now(), Decimal(99))
    report = Report(account_id=subscription.account_id, source="switch", events=[event], at=clock.now())
    with pytest.raises(Refusal):
        record_reports(reports=[report], by=SYSTEM)


# --- Meters ---


def test_an_operator_sees_what_is_counted_and_by_which_plan(operator: Client, subscription: Subscription) -> None:
    tell(subscription, "1")

    page = operator.get(reverse("plans:meters")).content.decode()

    assert "Standard" in page
    assert "Text parts" in page
    assert "A flow: each period begins at zero." in page


def test_a_meter_is_made_changed_while_unused_and_archived(operator: Client, provider: Account) -> None:
    wish = {"name": "Minutes", "code": "minutes", "aggregate": "sum", "unit": "min"}
    operator.post(reverse("plans:meter_new"), wish)
    meter = Meter.objects.get(code="minutes")

    operator.post(reverse("plans:meter_edit", args=[meter.pk]), wish | {"name": "Talk", "aggregate": "max"})
    operator.post(reverse("plans:meter_archive", args=[meter.pk]))

    meter.refresh_from_db()
    assert (meter.name, meter.aggregate, bool(meter.archived_at)) == ("Talk", "max", True)
    verbs = AuditRow.objects.filter(subject_kind="meter").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["meter.created", "meter.renamed", "meter.archived"]
    operator.post(reverse("plans:meter_archive", args=[meter.pk]), {"to": "list"})
    assert Meter.objects.get(pk=meter.pk).archived_at is None


def test_how_a_used_meter_counts_stays(operator: Client, subscription: Subscription) -> None:
    meter = PlanCharge.objects.get().meter
    assert meter is not None

    answer = operator.post(reverse("plans:meter_edit", args=[meter.pk]), {"name": "Talks", "aggregate": "max"})

    meter.refresh_from_db()
    assert answer.status_code == 302
    assert (meter.name, meter.aggregate) == ("Talks", "sum")  # the form does not offer what cannot change


def test_finance_reads_meters_and_changes_none(finance: Client, subscription: Subscription) -> None:
    assert finance.get(reverse("plans:meters")).status_code == 200
    assert finance.get(reverse("plans:meter_new")).status_code == 403


# --- What nobody counts ---


def test_what_waits_is_replayed_once_the_plan_counts_it(operator: Client, subscription: Subscription) -> None:
    tell(subscription, "1", "sms", 3)
    waiting = UnmatchedEvent.objects.get()
    assert "The plan does not count this meter" in operator.get(reverse("plans:unmatched")).content.decode()

    operator.post(reverse("plans:unmatched_replay"), {"ids": [str(waiting.pk)]})
    waiting.refresh_from_db()
    assert waiting.settled_at is None

    other = make_version(plan=make_plan(seller=subscription.account))
    make_charge(other, meter=Meter.objects.get(code="sms"))
    make_subscription(account=subscription.account, version=publish_row(other), code="texts", is_main=False)
    operator.post(reverse("plans:unmatched_replay"), {"ids": [str(waiting.pk)]})
    operator.post(reverse("plans:unmatched_replay"), {"ids": [str(waiting.pk)]})

    waiting.refresh_from_db()
    assert waiting.outcome == "replayed"
    assert (UsageEvent.objects.get().value, UsageEvent.objects.get().event_id) == (3, "1")


def test_many_are_replayed_as_a_job(operator: Client, subscription: Subscription) -> None:
    for number in range(51):
        tell(subscription, str(number), "sms")

    operator.post(reverse("plans:unmatched_replay"), {"all": "yes"})

    job = jobs.run_to_end(job_id=Job.objects.get().pk, at=clock.now())
    assert (job.status, job.counts) == ("done", {"counted": 0, "waiting": 51})


def test_what_is_put_aside_needs_a_reason_and_stays_a_duplicate(operator: Client, subscription: Subscription) -> None:
    tell(subscription, "1", "sms")
    chosen = {"ids": [str(UnmatchedEvent.objects.get().pk)]}

    asked = operator.post(reverse("plans:unmatched_dismiss"), chosen)
    assert "billed to nobody" in asked.content.decode()
    operator.post(reverse("plans:unmatched_dismiss"), {"ids_chosen": chosen["ids"][0], "reason": "A test call"})

    row = UnmatchedEvent.objects.get()
    assert (row.outcome, row.note) == ("dismissed", "A test call")
    assert AuditRow.objects.get(verb="usage.dismissed").reason == "A test call"
    assert "Nothing waits here" in operator.get(reverse("plans:unmatched")).content.decode()


def test_contradictions_are_listed_and_put_aside(operator: Client, subscription: Subscription) -> None:
    tell(subscription, "1")
    say_otherwise(subscription, "1")

    assert "99" in operator.get(reverse("plans:conflicts")).content.decode()
    conflict = UsageConflict.objects.get()
    operator.post(reverse("plans:conflicts_dismiss"), {"ids_chosen": str(conflict.pk), "reason": "Old firmware"})

    conflict.refresh_from_db()
    assert conflict.note == "Old firmware"


# --- What was used ---


def test_a_subscriber_sees_the_own_usage_down_to_the_event(client: Client, subscription: Subscription) -> None:
    tell(subscription, "call-7", value=4)
    owner = enter(client, make_member(account=subscription.account, portal="subscriber", role="owner"))

    page = owner.get(reverse("plans:own_usage"), {"days": "7"}).content.decode()
    day = UsageEvent.objects.get().at.astimezone(ZoneInfo("Asia/Shanghai")).date()
    events = owner.get(reverse("plans:own_usage_day", args=["calls", day])).content.decode()
    file = owner.get(reverse("plans:own_usage_csv"), {"days": "7"}).content.decode("utf-8-sig")

    assert '<p class="big">4</p>' in page.replace("\n", "")
    assert "call-7" in events
    assert f"calls,main,{day},4,1" in file


def test_who_takes_a_seat_is_named_and_no_id_is_shown(client: Client, subscription: Subscription) -> None:
    owner = make_member(account=subscription.account, portal="subscriber", role="owner", user=make_user(name="Hazel"))
    event_id, gone = str(new_id()), str(new_id())
    tell(subscription, event_id, item=str(owner.user_id), source="crm")
    tell(subscription, "left", item=gone, source="crm")
    day = UsageEvent.objects.earliest("at").at.astimezone(ZoneInfo("Asia/Shanghai")).date()

    body = enter(client, owner).get(reverse("plans:own_usage_day", args=["calls", day])).content.decode()

    assert "Hazel" in body[body.index("<tbody") :]
    assert ">CRM<" in body.replace(" ", "").replace("\n", "")
    assert event_id not in body
    assert f"…{gone[-8:]}" in body


def test_a_day_with_many_events_is_read_page_by_page(client: Client, subscription: Subscription) -> None:
    at = clock.now()
    events = [NewEvent(f"call-{number}", "calls", at - timedelta(seconds=1), Decimal(1)) for number in range(130)]
    record_usage(account_id=subscription.account_id, source="switch", events=events, by=SYSTEM, at=at)
    owner = enter(client, make_member(account=subscription.account, portal="subscriber", role="owner"))
    day = UsageEvent.objects.earliest("at").at.astimezone(ZoneInfo("Asia/Shanghai")).date()
    address, seen, pages = reverse("plans:own_usage_day", args=["calls", day]), [], 0

    while address:
        page = owner.get(address).content.decode()
        seen += re.findall(r"call-\d+", page)
        following = re.search(r'href="([^"]+)"[^>]*rel="next"|rel="next"[^>]*href="([^"]+)"', page)
        address, pages = unescape(following[1] or following[2]) if following else "", pages + 1

    assert (len(seen), len(set(seen))) == (130, 130)
    assert pages > 1


def test_operators_see_it_by_account_and_across_accounts(operator: Client, subscription: Subscription) -> None:
    tell(subscription, "1", value=6)

    across = operator.get(reverse("plans:usage"), {"meter": "calls"}).content.decode()
    account = operator.get(reverse("console:account_usage", args=[subscription.account_id])).content.decode()

    assert subscription.account.name in across
    assert '<p class="big">6</p>' in account.replace("\n", "")


def test_anothers_usage_is_not_there(client: Client, subscription: Subscription) -> None:
    tell(subscription, "1")
    stranger = enter(client, make_member(account=make_subscription().account, portal="subscriber", role="owner"))

    day = clock.now().date().isoformat()
    assert stranger.get(reverse("plans:own_usage_day", args=["calls", day])).status_code == 404
    assert stranger.get(reverse("plans:usage_day", args=[subscription.account_id, "calls", day])).status_code == 403
