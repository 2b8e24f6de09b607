"""An operator starts a subscription: what was shown is what is made, once; what cannot be is said at its field."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from invoices.models import Invoice
from plans.models import Subscription
from provider.accounts.models import Account, Profile
from provider.kernel.models import AuditRow
from provider.workshop.stories.stage import Stage
from tests.console.conftest import enter
from tests.factories import make_member
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
FEB_5 = datetime(2026, 2, 5, 8, tzinfo=UTC)


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    Account.objects.filter(pk=stage.account.id).update(test_clock_at=FEB_5)
    return stage


@pytest.fixture
def operator(stage: Stage) -> Client:
    """Somebody who works for the seller of the stage's plans."""
    Profile.objects.create(account=stage.seller.account, portal="provider", created_at=FEB_5)
    return enter(Client(), make_member(account=stage.seller.account, portal="provider", role="operator"))


def test_an_operator_starts_a_subscription_from_a_day_in_the_past(stage: Stage, operator: Client) -> None:
    page = f"/operator/accounts/{stage.account.id}/subscriptions/new/"
    version = str(stage.versions["team"].id)

    assert version in operator.get(page).content.decode()
    assert "units_desk" in operator.get(page, {"version": version}).context["form"].fields
    choice = {
        "version": version, "when": "on", "on": "2026-01-20", "units_desk": "2", "pays": "on_terms",
        "until": "2026-05-19", "reason": "Signed on paper",
    }  # fmt: skip
    seen = operator.post(page, choice).context["seen"]
    assert not Subscription.objects.exists()
    for _ in range(2):  # sent twice, done once
        done = operator.post(page, choice | {"expected": seen.fingerprint, "form_key": "form-1"})

    assert (done.status_code, done["Location"]) == (302, f"/operator/accounts/{stage.account.id}/subscription/")
    made = Subscription.objects.get()
    assert (made.first_on.isoformat(), made.code) == ("2026-01-20", "main")
    assert sum(Invoice.objects.values_list("due_minor", flat=True)) == seen.due.minor > 0
    assert AuditRow.objects.get(verb="subscription.start").reason == "Signed on paper"
    assert "Start another subscription" in operator.get(done["Location"]).content.decode()


def test_what_cannot_be_is_said_at_its_field(stage: Stage, operator: Client) -> None:
    page = f"/operator/accounts/{stage.account.id}/subscriptions/new/"
    usual = {"version": str(stage.versions["pro"].id), "pays": "on_terms", "reason": "Asked for by phone"}

    def faults(**choice: str) -> list[str]:
        return list(operator.post(page, usual | choice).context["form"].errors)

    assert faults(when="on", on="2025-12-01") == ["on"]
    assert faults(when="on") == ["on"]
    assert faults(when="now", until="2026-02-01") == ["until"]
    assert faults(when="now", reason="") == ["reason"]
    seen = operator.post(page, usual | {"when": "now"}).context["seen"]
    operator.post(page, usual | {"when": "now", "expected": seen.fingerprint, "form_key": "form-1"})
    assert faults(when="now") == ["__all__"]  # there is a main subscription already
    assert operator.get(page, {"version": "0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978"}).status_code == 404
