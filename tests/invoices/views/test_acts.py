"""Each act on a subscription through its page: what was shown is what is made, once, and what cannot be is said."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from invoices.models import CreditNote, Invoice
from invoices.operations import subscriptions
from invoices.operations.subscriptions import NewSubscription
from plans.models import PendingChange, Plan, Subscription
from provider.accounts.models import Account, Profile
from provider.kernel.actor import SYSTEM
from provider.kernel.models import AuditRow
from provider.kernel.money import Money
from provider.workshop.stories.stage import Stage
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.factories import make_lot
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
FEB_5 = datetime(2026, 2, 5, 8, tzinfo=UTC)
WHY = {"reason": "Asked for by phone"}


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    Profile.objects.create(account=stage.account, portal="subscriber", created_at=START)
    started = NewSubscription(version_id=stage.versions["team"].id)
    subscriptions.start_subscription(account_id=stage.account.id, wish=started, by=SYSTEM, at=START)
    Account.objects.filter(pk=stage.account.id).update(test_clock_at=FEB_5)
    return stage


@pytest.fixture
def owner(stage: Stage) -> Client:
    return enter(Client(), make_member(account=stage.account, portal="subscriber", role="owner"))


@pytest.fixture
def operator(db: None) -> Client:
    provider = make_account(name="The provider", portal="provider")
    return enter(Client(), make_member(account=provider, portal="provider", role="operator"))


def own(act: str) -> str:
    return f"/my/subscriptions/{Subscription.objects.get().id}/{act}/"


def operators(stage: Stage, act: str) -> str:
    return f"/operator/accounts/{stage.account.id}/subscriptions/{Subscription.objects.get().id}/{act}/"


def shown(answer: HttpResponse) -> Any:
    """What the preview page shows."""
    seen = answer.context["seen"]  # type: ignore[attr-defined]
    assert seen is not None, answer.context["form"].errors  # type: ignore[attr-defined]
    return seen


def confirm(browser: Client, page: str, choice: dict[str, Any], *, key: str = "form-1") -> HttpResponse:
    """Look, then do exactly that."""
    seen = shown(browser.post(page, choice))
    return browser.post(page, choice | {"expected": seen.fingerprint, "form_key": key})


def documents() -> list[tuple[str, int]]:
    """What was made since the start."""
    notes = [("credit_note", note.total_minor) for note in CreditNote.objects.order_by("made_at", "number")]
    made = Invoice.objects.filter(made_at__gt=START).order_by("made_at", "number")
    return notes + [("invoice", invoice.due_minor) for invoice in made]


def test_the_owner_sees_what_a_larger_plan_costs_now_and_gets_exactly_that(stage: Stage, owner: Client) -> None:
    choice = {"version": str(stage.versions["pro"].id), "when": "now"}

    seen = shown(owner.post(own("plan"), choice))
    assert documents() == []
    answer = confirm(owner, own("plan"), choice)

    assert answer["Location"] == "/my/subscription/"
    assert documents() == [("credit_note", seen.credit.minor), ("invoice", seen.due.minor)]
    assert (seen.credit.minor, seen.due.minor) == (3420, 7180)
    body = owner.get("/my/subscription/").content.decode()
    assert "pro" in body
    assert "was made" in body


def test_beside_now_stands_what_it_would_be_at_the_end_of_the_period(stage: Stage, owner: Client) -> None:
    answer = owner.post(own("plan"), {"version": str(stage.versions["pro"].id), "when": "now"})

    ((label, other, data),) = answer.context["others"]
    assert "14 February 2026" in label
    assert other.is_free
    assert dict(data)["when"] == "period_end"
    assert "On 15 February 2026 the plan changes to pro" in answer.content.decode()


def test_what_was_chosen_for_later_can_be_taken_back(stage: Stage, owner: Client) -> None:
    confirm(owner, own("plan"), {"version": str(stage.versions["pro"].id), "when": "period_end"})
    assert PendingChange.objects.get(settled_at=None).verb == "change_plan"

    page = owner.get(own("withdraw"))
    assert "does not happen" in page.content.decode()
    owner.post(own("withdraw"), {"expected": shown(page).fingerprint, "form_key": "form-2"})

    assert PendingChange.objects.get().outcome == "withdrawn"
    assert documents() == []
    assert owner.get(own("withdraw")).status_code == 409


def test_more_units_are_billed_for_the_rest_of_the_period_as_shown(stage: Stage, owner: Client) -> None:
    choice = {"charge": "desk", "quantity": "3", "when": "now"}

    answer = confirm(owner, own("quantity"), choice)

    assert answer.status_code == 302
    ((kind, minor),) = documents()
    assert (kind, minor) == ("invoice", 3077)  # 3 × 30 × 10 of 31 days, and 6 % tax
    assert 'value="3"' in owner.get(own("quantity")).content.decode()


def test_pausing_gives_back_the_rest_and_resuming_bills_it_again(stage: Stage, owner: Client) -> None:
    paused = shown(owner.get(own("pause")))
    owner.post(own("pause"), {"expected": paused.fingerprint, "form_key": "form-1"})
    assert Subscription.objects.get().status == "paused"
    assert documents() == [("credit_note", paused.credit.minor)]

    resumed = shown(owner.get(own("resume")))
    owner.post(own("resume"), {"expected": resumed.fingerprint, "form_key": "form-2"})

    assert Subscription.objects.get().status == "active"
    assert documents()[-1] == ("invoice", resumed.due.minor)


def test_what_has_expired_is_not_shown_as_credit_that_is_left(stage: Stage, owner: Client) -> None:
    make_lot(stage.account, amount_minor=5000, topped_up_at=START, expires_at=FEB_5)
    make_lot(stage.account, amount_minor=700, topped_up_at=START)

    seen = shown(owner.get(own("pause")))

    assert seen.credit_left == seen.credit + Money(700, "CNY")


def test_cancelling_ends_with_the_period_and_can_be_taken_up_again(stage: Stage, owner: Client) -> None:
    page = owner.get(own("cancel")).content.decode()
    assert page.index("When the period ends") < page.index("Now")
    now = shown(owner.post(own("cancel"), {"when": "now"}))
    confirm(owner, own("cancel"), {"when": "now"})
    assert documents() == [("credit_note", now.credit.minor)]
    assert Subscription.objects.get().status == "ended"

    again = shown(owner.get(own("reactivate")))
    owner.post(own("reactivate"), {"expected": again.fingerprint, "form_key": "form-2"})

    assert Subscription.objects.get().status == "active"
    assert again.is_free  # the day of the cancellation was billed already
    assert documents() == [("credit_note", now.credit.minor)]


def test_where_something_has_moved_the_new_preview_is_shown_and_nothing_is_done(stage: Stage, owner: Client) -> None:
    choice = {"version": str(stage.versions["pro"].id), "when": "now"}
    seen = shown(owner.post(own("plan"), choice))
    subscriptions.set_quantity(
        account_id=stage.account.id, subscription_id=Subscription.objects.get().id, charge="desk",
        quantity=Decimal(2), by=SYSTEM, at=FEB_5,
    )  # fmt: skip

    answer = owner.post(own("plan"), choice | {"expected": seen.fingerprint, "form_key": "form-1"})

    assert "Something has changed in the meantime" in answer.content.decode()
    assert not CreditNote.objects.exists()
    assert shown(answer).fingerprint != seen.fingerprint


def test_a_double_click_does_it_once(stage: Stage, owner: Client) -> None:
    choice = {"charge": "desk", "quantity": "3", "when": "now"}
    seen = shown(owner.post(own("quantity"), choice))
    for _ in range(2):
        answer = owner.post(own("quantity"), choice | {"expected": seen.fingerprint, "form_key": "form-1"})
        assert answer["Location"] == "/my/subscription/"
    assert len(documents()) == 1


def test_prepaid_money_that_has_expired_is_not_said_to_be_left_afterwards(stage: Stage, owner: Client) -> None:
    make_lot(stage.account, amount_minor=4567, expires_at=FEB_5)

    seen = shown(owner.post(own("quantity"), {"charge": "desk", "quantity": "3", "when": "now"}))

    assert seen.due.minor > 0
    assert (seen.used.minor, seen.credit_left.minor) == (0, 0)


@pytest.mark.parametrize(
    ("act", "choice", "field"),
    [
        ("quantity", {"charge": "desk", "quantity": "-1", "when": "now"}, "quantity"),
        ("quantity", {"charge": "desk", "quantity": "1e3", "when": "now"}, "quantity"),
        ("quantity", {"charge": "desk", "quantity": "99999999", "when": "now"}, "quantity"),
        ("quantity", {"charge": "base", "quantity": "1", "when": "now"}, "charge"),
        ("plan", {"version": "00000000-0000-0000-0000-000000000000", "when": "now"}, "version"),
        ("plan", {"version": "team", "when": "yesterday"}, "when"),
        ("cancel", {}, "when"),
    ],
)
def test_what_cannot_be_chosen_is_said_at_its_field(
    stage: Stage, owner: Client, act: str, choice: dict[str, str], field: str
) -> None:
    answer = owner.post(own(act), choice)

    assert answer.status_code == 200
    assert answer.context["form"].errors[field]
    assert documents() == []


def test_an_operator_names_the_day_what_is_given_back_and_why(stage: Stage, operator: Client) -> None:
    choice = {"version": str(stage.versions["pro"].id), "when": "on", "on": "2026-02-10", "unused": "none"} | WHY

    answer = confirm(operator, operators(stage, "plan"), choice)

    assert answer["Location"] == f"/operator/accounts/{stage.account.id}/subscription/"
    planned = PendingChange.objects.get()
    assert (planned.due_at, planned.unused) == (datetime(2026, 2, 9, 16, tzinfo=UTC), "none")
    assert AuditRow.objects.get(verb="subscription.change_plan").reason == WHY["reason"]
    past = operator.post(operators(stage, "cancel"), {"when": "on", "on": "2026-02-01", "unused": "none"} | WHY)
    assert "still to come" in str(past.context["form"].errors)
    no_day = operator.post(operators(stage, "cancel"), {"when": "on", "unused": "none"} | WHY)
    assert no_day.context["form"].errors["on"]
    assert "reason" in operator.post(operators(stage, "pause"), {"reason": ""}).context["form"].errors


def test_an_operator_ends_it_after_a_day_that_is_still_served(stage: Stage, operator: Client) -> None:
    confirm(operator, operators(stage, "cancel"), {"when": "on", "on": "2026-02-28", "unused": "refund"} | WHY)

    assert PendingChange.objects.get().due_at == datetime(2026, 2, 28, 16, tzinfo=UTC)
    body = operator.get(f"/operator/accounts/{stage.account.id}/subscription/").content.decode()
    assert "Chosen for later" in body
    assert "/withdraw/" in body


def test_the_billing_day_moves_as_shown(stage: Stage, operator: Client) -> None:
    choice = {"day": "1", "when": "period_end"} | WHY
    answer = confirm(operator, operators(stage, "anchor"), choice)
    assert answer.status_code == 302
    assert operator.post(operators(stage, "anchor"), choice | {"day": "32"}).context["form"].errors["day"]
    now = operator.post(operators(stage, "anchor"), choice | {"when": "now"})
    assert now.context["form"].errors["when"]


def test_what_is_not_open_now_or_not_theirs_is_refused(stage: Stage, owner: Client, operator: Client) -> None:
    assert owner.get(own("resume")).status_code == 409
    assert owner.get(own("anchor")).status_code == 409
    assert owner.get(own("nonsense")).status_code == 404
    stranger = make_account(name="Stranger", portal="subscriber")
    other = enter(Client(), make_member(account=stranger, portal="subscriber", role="owner"))
    assert other.get(own("cancel")).status_code == 404
    member = enter(Client(), make_member(account=stage.account, portal="subscriber", role="member"))
    assert member.get(own("cancel")).status_code == 403
    assert (
        operator.get(
            f"/operator/accounts/{stranger.id}/subscriptions/{Subscription.objects.get().id}/cancel/"
        ).status_code
        == 404
    )
    Plan.objects.update(is_offered=False)
    assert owner.get(own("plan")).context["form"].fields["version"].choices == []


def test_an_operator_gives_a_grace_more_days_and_the_subscriber_reads_the_new_day(operator: Client) -> None:
    stage = make_stage()
    Profile.objects.create(account=stage.account, portal="subscriber", created_at=START)
    wish = NewSubscription(version_id=stage.versions["team"].id, pays="prepaid")
    subscriptions.start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)
    Account.objects.filter(pk=stage.account.id).update(test_clock_at=START)
    page = operator.get(operators(stage, "extend")).content.decode()
    assert "It lasts until 21 January 2026 now." in page

    far = operator.post(operators(stage, "extend"), {"last_day": "2026-09-01", **WHY})
    assert "more than 90 days" in far.content.decode()
    choice = {"last_day": "2026-02-03", **WHY}
    seen = shown(operator.post(operators(stage, "extend"), choice))
    assert any("3 February 2026" in effect and "21 January 2026" in effect for effect in seen.effects)
    confirm(operator, operators(stage, "extend"), choice)

    owner = enter(Client(), make_member(account=stage.account, portal="subscriber", role="owner"))
    assert "On 4 February 2026 the account goes to sleep" in owner.get("/my/subscription/").content.decode()
    assert owner.get(own("extend")).status_code == 409
    assert AuditRow.objects.get(verb="subscription.extend_grace").reason == WHY["reason"]


def test_the_time_line_has_what_was_what_is_and_the_next_invoice_as_of_now(
    stage: Stage, owner: Client, operator: Client, django_assert_max_num_queries: Any
) -> None:
    operators_page = f"/operator/accounts/{stage.account.id}/subscription/"
    for browser, page, invoice in (
        (owner, "/my/subscription/", "/my/invoices/"), (operator, operators_page, "/operator/invoices/")
    ):  # fmt: skip
        browser.get(page)  # what versions of plans say is read once
        with django_assert_max_num_queries(15):
            body = browser.get(page).content.decode()
        assert "current period" in body
        assert f"{invoice}{Invoice.objects.get().id}/" in body

    next_page = f"/operator/accounts/{stage.account.id}/next-invoice/"
    for browser, page in ((owner, "/my/subscription/next-invoice/"), (operator, next_page)):
        with django_assert_max_num_queries(15 + 3):  # the test's transaction makes three of the one that is rolled back
            body = browser.get(page).content.decode()
        assert "It is made on 15 February 2026" in body
        assert "106.00" in body
        part = browser.get(page, headers={"HX-Request": "true"}).content.decode()
        assert "106.00" in part
        assert "<html" not in part
    assert documents() == []
