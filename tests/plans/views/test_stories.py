"""An operator keeps a story with a plan, sees it fail, mends the draft, sees it pass, and only then can publish."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from plans.errors import StoriesFail
from plans.models import ChargePrice, Plan, PlanVersion, Story, StoryResult
from plans.operations.catalogue import publish_version
from provider.accounts.models import Account
from provider.kernel import clock, outbox
from provider.kernel.actor import SYSTEM
from tests.plans.factories import make_charge, make_meter, make_plan, make_version

pytestmark = pytest.mark.django_db
STORY = """\
story: The first month
timezone: Asia/Shanghai
currency: CNY
steps:
  - {at: 2026-01-01, do: subscribe, plan: team}
  - {at: 2026-01-03T09:00, do: use, meter: calls, value: 10}
  - {at: 2026-02-01, do: bill}
expect:
  - {at: 2026-01-01, invoice: 1, total: "100.00"}
  - {at: 2026-02-01, invoice: 2, total: "105.00"}
"""


@pytest.fixture
def draft(provider: Account) -> PlanVersion:
    """A draft of the plan “team”: 100 a month, and calls at 0.50."""
    version = make_version(plan=make_plan(seller=provider, code="team", name="Team"), currencies=["CNY"])
    meter = make_meter("calls", seller=provider)
    for charge, price in ((make_charge(version), "100"), (make_charge(version, meter=meter), "0.5")):
        ChargePrice.objects.create(charge=charge, currency="CNY", price=price)
    return version


def keep(operator: Client, draft: PlanVersion, content: str = STORY) -> Story:
    """Keep it as the operator does, and have it played."""
    answer = operator.post(f"/operator/plans/{draft.plan_id}/stories/new/", {"content": content})
    assert answer.status_code == 302, answer.content.decode()
    outbox.drain()
    return Story.objects.latest("created_at")


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_story_is_kept_fails_is_mended_and_lets_the_draft_be_published(operator: Client, draft: PlanVersion) -> None:
    story = keep(operator, draft, STORY.replace("105.00", "104.00"))

    seen = page(operator, f"/operator/plans/stories/{story.pk}/")
    assert "total" in seen
    assert "104.00" in seen
    assert "105.00" in seen
    with pytest.raises(StoriesFail, match="The first month"):
        publish_version(version_id=draft.pk, by=SYSTEM, at=clock.now())
    assert "not passed" in page(operator, f"/operator/plans/versions/{draft.pk}/")

    operator.post(f"/operator/plans/stories/{story.pk}/edit/", {"content": STORY})
    assert "It is being played" in page(operator, f"/operator/plans/stories/{story.pk}/")
    outbox.drain()
    assert "as expected" in page(operator, f"/operator/plans/stories/{story.pk}/part/")
    publish_version(version_id=draft.pk, by=SYSTEM, at=clock.now())

    assert Plan.objects.count() == 1  # nothing of the stage is left
    assert StoryResult.objects.filter(has_passed=True).count() == 1


def test_a_change_of_the_draft_has_it_played_again(operator: Client, draft: PlanVersion) -> None:
    story = keep(operator, draft)
    fields = {
        "name": "Base", "code": "base", "timing": "in_advance", "is_prorated": "on", "price_CNY": "90",
    }  # fmt: skip

    answer = operator.post(f"/operator/plans/versions/{draft.pk}/charges/base/", fields)
    assert answer.status_code == 302, answer.content.decode()
    outbox.drain()

    newest = StoryResult.objects.filter(story=story).latest("played_at")
    assert not newest.has_passed
    assert [(one["line"], one["key"], one["got"]) for one in newest.differences] == [
        (9, "total", "90.00"), (10, "total", "95.00"),
    ]  # fmt: skip


def test_what_cannot_be_read_is_refused_at_its_line(operator: Client, draft: PlanVersion) -> None:
    address = f"/operator/plans/{draft.plan_id}/stories/new/"
    bad = SimpleUploadedFile("story.yaml", STORY.replace("meter: calls", "meter: faxes").encode())

    assert "Line 6: there is no meter “faxes”" in operator.post(address, {"file": bad}).content.decode()
    own = STORY.replace("steps:", "plans:\n  team: {interval: month, anchor: calendar}\nsteps:", 1)
    assert "its draft is played" in operator.post(address, {"content": own}).content.decode()
    other = STORY.replace("do: subscribe, plan: team", "do: bill")
    assert "no step names the plan “team”" in operator.post(address, {"content": other}).content.decode()
    keep(operator, draft)
    assert "already" in operator.post(address, {"content": STORY}).content.decode()
    assert Story.objects.count() == 1


def test_a_step_that_cannot_be_done_and_a_currency_not_sold_fail(operator: Client, draft: PlanVersion) -> None:
    stuck = keep(operator, draft, STORY.replace("do: bill", "do: resume"))
    dear = keep(operator, draft, STORY.replace("CNY", "EUR").replace("first", "second"))

    assert "This cannot be done while the subscription is" in page(operator, f"/operator/plans/stories/{stuck.pk}/")
    assert "not sold in EUR" in page(operator, f"/operator/plans/stories/{dear.pk}/")


def test_the_sample_passes_and_is_played_again_on_demand_and_let_go(operator: Client, draft: PlanVersion) -> None:
    form = operator.get(f"/operator/plans/{draft.plan_id}/stories/new/").context["form"]
    story = keep(operator, draft, form["content"].value())
    assert StoryResult.objects.get().has_passed, StoryResult.objects.get().differences

    operator.post(f"/operator/plans/{draft.plan_id}/stories/play/")
    outbox.drain()
    assert StoryResult.objects.filter(story=story).count() == 2
    operator.post(f"/operator/plans/stories/{story.pk}/drop/", {"reason": "told otherwise now"})
    assert not Story.objects.exists()


def test_finance_reads_and_does_not_write(finance: Client, operator: Client, draft: PlanVersion) -> None:
    story = keep(operator, draft)

    assert "The first month" in page(finance, f"/operator/plans/stories/{story.pk}/")
    assert finance.post(f"/operator/plans/stories/{story.pk}/edit/", {"content": STORY}).status_code == 403
