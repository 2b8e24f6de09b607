"""Machines start and change subscriptions: what a preview showed is what is made, and each key its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from invoices.models import Invoice
from plans.models import Subscription
from provider.accounts.models import Account
from provider.workshop.stories.stage import Stage
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
FEB_5 = datetime(2026, 2, 5, 8, tzinfo=UTC)


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    Account.objects.filter(pk=stage.account.id).update(test_clock_at=START)
    return stage


@pytest.fixture
def provider(stage: Stage) -> Caller:
    """The provider's machine, which sells the plans of the stage."""
    return caller_for(stage.seller.account, portal="provider", is_test=True)


def test_the_provider_starts_changes_and_ends_as_it_previewed(stage: Stage, provider: Caller) -> None:
    wish = {"version_id": str(stage.versions["team"].id), "quantities": {"desk": "2"}}
    address = f"/accounts/{stage.account.id}/subscriptions"

    seen = provider.post(address, wish | {"preview": True}).json()
    assert (seen["due"], seen["is_preview"], seen["subscription"]) == ("699.60", True, None)
    assert not Subscription.objects.exists()
    made = provider.post(address, wish | {"expected": seen["fingerprint"], "reason": "Signed today"}).json()

    assert (made["due"], made["documents"][0]["number"]) == ("699.60", Invoice.objects.get().number_text)
    assert made["subscription"]["quantities"] == {"desk": "2"}
    one = f"/subscriptions/{made['subscription']['id']}"
    assert [row["charge"] for row in provider.get(f"{one}/periods").json()["items"]] == ["desk", "setup", "base"]

    Account.objects.filter(pk=stage.account.id).update(test_clock_at=FEB_5)
    change = {"version_id": str(stage.versions["pro"].id), "unused": "refund"}
    seen = provider.post(f"{one}/plan", change | {"preview": True}).json()
    assert [document["kind"] for document in seen["documents"]] == ["credit_note", "invoice"]
    stale = provider.post(f"{one}/plan", change | {"expected": "something else"})
    assert_problem(stale, status=409, code="facts_changed")
    done = provider.post(f"{one}/plan", change | {"expected": seen["fingerprint"]}).json()
    assert done["subscription"]["plan"] == "pro"

    ended = provider.post(f"{one}/cancel", {"when": "period_end"}).json()["subscription"]
    assert ([planned["act"] for planned in ended["planned"]], ended["status"]) == (["cancel"], "active")
    assert provider.post(f"{one}/withdraw", {}).json()["subscription"]["planned"] == []
    assert_problem(provider.post(f"{one}/resume", {}), status=409, code="subscription_state_forbids")
    for act, status in (("pause", "paused"), ("resume", "active")):
        assert provider.post(f"{one}/{act}", {}).json()["subscription"]["status"] == status
    moved = provider.post(f"{one}/anchor", {"day": 1})
    assert (moved.status_code, moved.json()["documents"]) == (200, [])
    provider.post(f"{one}/cancel", {"when": "now"})
    back = provider.post(f"{one}/reactivate", {}, key="once")
    again = provider.post(f"{one}/reactivate", {}, key="once")
    assert (back.json()["subscription"]["status"], again.content) == ("active", back.content)
    assert [row["id"] for row in provider.get("/subscriptions", status="active").json()["items"]] == [one[15:]]


def test_a_subscriber_does_what_is_harmless_to_its_own(stage: Stage, provider: Caller) -> None:
    wish = {"version_id": str(stage.versions["team"].id)}
    started = provider.post(f"/accounts/{stage.account.id}/subscriptions", wish).json()["subscription"]
    one, own = f"/subscriptions/{started['id']}", caller_for(stage.account, is_test=True)
    stranger = caller_for(make_account(name="Stranger", is_test=True), is_test=True)

    assert own.get(one).json()["acts"] == ["plan", "quantity", "pause", "cancel"]
    assert own.post(f"{one}/quantity", {"charge": "desk", "quantity": "2"}).json()["due"] == "63.60"
    given_back = own.post(f"{one}/cancel", {"when": "now", "unused": "refund"})
    assert_problem(given_back, status=403, code="only_the_provider")
    later = own.post(f"{one}/cancel", {"when": "2026-01-20T00:00:00Z"})
    assert_problem(later, status=403, code="only_the_provider")
    assert_problem(own.post(f"{one}/anchor", {"day": 3}), status=409, code="subscription_state_forbids")
    other = own.post(f"{one}/plan", {"version_id": str(stage.versions["team"].id)})
    assert_problem(other, status=409, code="version_not_for_sale")
    started_itself = own.post(f"/accounts/{stage.account.id}/subscriptions", wish)
    assert_problem(started_itself, status=403, code="scope_missing")
    assert_problem(stranger.get(one), status=404, code="not_found")
    assert_problem(stranger.post(f"{one}/cancel", {}), status=404, code="not_found")
    assert stranger.get("/subscriptions").json()["items"] == []


def test_plans_and_access_are_read(stage: Stage, provider: Caller) -> None:
    wish = {"version_id": str(stage.versions["team"].id)}
    provider.post(f"/accounts/{stage.account.id}/subscriptions", wish)
    own, stranger = (
        caller_for(stage.account, is_test=True),
        caller_for(make_account(name="Stranger", is_test=True), is_test=True),
    )

    plans = {row["code"]: row for row in provider.get("/plans").json()["items"]}
    assert plans["team"]["version_on_sale"] == wish["version_id"]
    assert [one["number"] for one in provider.get(f"/plans/{plans['team']['id']}").json()["versions"]] == [1]
    content = own.get(f"/plan-versions/{wish['version_id']}").json()["content"]
    assert [charge["code"] for charge in content["charges"]] == ["base", "setup", "desk"]
    access = own.get(f"/accounts/{stage.account.id}/access").json()
    assert (access["state"], access["may_work"]) == ("active", True)
    assert_problem(stranger.get(f"/accounts/{stage.account.id}/access"), status=404, code="not_found")


def test_the_provider_gives_a_grace_more_days_as_it_previewed(stage: Stage, provider: Caller) -> None:
    wish = {"version_id": str(stage.versions["team"].id), "pays": "prepaid"}
    started = provider.post(f"/accounts/{stage.account.id}/subscriptions", wish).json()["subscription"]
    one, own = f"/subscriptions/{started['id']}", caller_for(stage.account, is_test=True)
    longer = {"last_day": "2026-02-03", "reason": "Waits for the bank"}

    seen = provider.post(f"{one}/extend", longer | {"preview": True}).json()
    assert (seen["state"], seen["old_ends_at"], seen["ends_at"]) == (
        "grace", "2026-01-21T16:00:00Z", "2026-02-03T16:00:00Z",
    )  # fmt: skip
    done = provider.post(f"{one}/extend", longer | {"expected": seen["fingerprint"]}).json()

    assert done["ends_at"] == seen["ends_at"]
    assert own.get(f"/accounts/{stage.account.id}/access").json()["until"] == seen["ends_at"]
    assert_problem(provider.post(f"{one}/extend", longer), status=422, code="extends_nothing")
    assert_problem(own.post(f"{one}/extend", longer), status=409, code="subscription_state_forbids")


def test_the_next_invoice_is_read_as_of_now(stage: Stage, provider: Caller) -> None:
    address = f"/accounts/{stage.account.id}/next-invoice"
    assert provider.get(address).json()["invoice"] is None
    wish = {"version_id": str(stage.versions["team"].id)}
    provider.post(f"/accounts/{stage.account.id}/subscriptions", wish)

    told = caller_for(stage.account, is_test=True).get(address).json()

    assert (told["currency"], told["invoice"]["due"], told["invoice"]["number"]) == ("CNY", "106.00", "")
    assert told["invoice"]["due_at"] == "2026-02-14T16:00:00Z"
    stranger = caller_for(make_account(name="Stranger", is_test=True), is_test=True)
    assert_problem(stranger.get(address), status=404, code="not_found")


def test_the_provider_agrees_a_price_as_it_previewed_and_its_customer_reads_it(stage: Stage, provider: Caller) -> None:
    wish = {"version_id": str(stage.versions["team"].id)}
    made = provider.post(f"/accounts/{stage.account.id}/subscriptions", wish).json()
    address = f"/subscriptions/{made['subscription']['id']}/prices"
    other = {"charge": "base", "price": "80", "start_on": "2026-02-15", "reason": "Three years agreed"}

    seen = provider.post(f"{address}/agree", other | {"preview": True}).json()

    assert (seen["difference"], seen["id"]) == ("-42.40", None)
    assert [(one["before"], one["after"]) for one in seen["changes"]] == [("100.00", "80.00")] * 2
    done = provider.post(f"{address}/agree", other | {"expected": seen["fingerprint"]}).json()
    again = provider.post(f"{address}/agree", other)
    assert_problem(again, status=409, code="price_agreed_already")
    billed = provider.post(f"{address}/agree", other | {"start_on": "2026-02-01"})
    assert_problem(billed, status=409, code="price_of_billed_days")
    own = caller_for(stage.account, portal="subscriber", is_test=True)
    assert [(one["id"], one["amounts"]) for one in own.get(address).json()["items"]] == [(done["id"], {"price": "80"})]
    assert_problem(own.post(f"{address}/agree", other), status=403, code="only_the_provider")
    ended = provider.post(f"{address}/{done['id']}/end", {"end_on": "2026-02-15", "reason": "Changed their mind"})
    assert ended.status_code == 200, ended.content
    assert provider.get(address).json()["items"] == []
