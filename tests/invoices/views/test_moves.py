"""Moving subscribers through its pages: choose, look, leave some out, confirm with a reason."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.models import MoveLine, VersionMove
from provider.accounts.models import Account, Profile
from provider.kernel import clock, jobs
from provider.workshop.stories.stage import Stage
from tests.console.conftest import enter
from tests.factories import make_member
from tests.invoices.moving import FEB_5, START, customer, make_moving_stage, make_newer

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_moving_stage()


@pytest.fixture
def operator(stage: Stage) -> Client:
    account = stage.seller.account
    Profile.objects.create(account=account, portal="provider", created_at=START)
    return enter(Client(), make_member(account=account, portal="provider", role="operator"))


def test_an_operator_looks_leaves_one_out_and_moves_the_others_with_a_reason(stage: Stage, operator: Client) -> None:
    newer = make_newer(stage)
    one, two, full = customer(stage, "One"), customer(stage, "Two"), customer(stage, "Full", seats=3)
    Account.objects.filter(pk__in=[some.account_id for some in (one, two, full)]).update(test_clock_at=FEB_5)
    page = f"/operator/plans/versions/{newer.pk}/move/"
    assert (
        "3 subscriptions have other versions" in operator.get(f"/operator/plans/versions/{newer.pk}/").content.decode()
    )
    wish = {"from_ids": [str(stage.versions["team"].pk)], "when": "on", "unused": "credit"}
    assert "Choose the day." in operator.post(page, wish).content.decode()

    answer = operator.post(page, wish | {"when": "now"})

    move = VersionMove.objects.get()
    address = f"/operator/plans/moves/{move.pk}/"
    assert answer.headers["Location"] == address
    assert move.look_job_id is not None
    jobs.run_to_end(job_id=move.look_job_id, at=clock.now())
    shown = operator.get(address).content.decode()
    assert "Move all 2 subscriptions…" in shown
    assert "3 “seats” are in use, but this plan allows 2." in shown
    chosen = MoveLine.objects.get(subscription=one)
    asked = operator.post(f"{address}confirm/", {"ids": [str(chosen.pk)]})
    assert "Move 1 subscription?" in asked.content.decode()
    again = operator.post(f"{address}confirm/", {"ids_chosen": str(chosen.pk), "reason": ""})
    assert "This field is required." in again.content.decode()
    operator.post(f"{address}confirm/", {"ids_chosen": str(chosen.pk), "reason": "New prices"})
    move.refresh_from_db()
    assert move.job_id is not None
    jobs.run_to_end(job_id=move.job_id, at=clock.now())
    assert {line.subscription_id: line.outcome for line in MoveLine.objects.all()} == {
        one.pk: "moved", two.pk: "ready", full.pk: "blocked",
    }  # fmt: skip
    assert "Look again" in operator.get(address).content.decode()
    assert operator.get(f"{address}confirm/").status_code == 409
