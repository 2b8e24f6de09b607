"""Terms that were paid ahead: where they are fitted in, what they wake, and how they are taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from invoices.models import Invoice
from invoices.operations import subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription
from invoices.operations.terms import Extension, Term, extend_term, take_back_term
from plans.errors import RenewFirst, TermUsedAlready
from plans.models import AccessSpell, PaidTerm, Stretch, Subscription
from plans.queries import access_of
from plans.rules.words import STRETCH_CAUSES
from provider.kernel.actor import SYSTEM
from provider.kernel.models import OutboxEvent
from provider.messages.models import Message
from provider.workshop.stories.stage import Stage
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai


def redeem(stage: Stage, *, at: datetime, source: str = "card 1", months: int = 1, **facts: Any) -> Extension:
    term = Term(
        version_id=stage.versions["pro"].id, months=months, face_minor=31000, source_kind="card", source_id=source
    )
    return extend_term(account_id=stage.account.id, term=term, by=SYSTEM, at=at, **facts)


def states(stage: Stage) -> list[tuple[str, str]]:
    return list(
        AccessSpell.objects.filter(account=stage.account).order_by("from_at", "id").values_list("state", "cause")
    )


def test_the_first_card_opens_a_prepaid_subscription_and_asks_for_nothing() -> None:
    stage = make_stage()

    made = redeem(stage, at=START)

    assert (made.how, made.start_on, made.end_on) == ("first", date(2026, 1, 15), date(2026, 2, 15))
    assert access_of(account_id=stage.account.id).state == "active"
    assert access_of(account_id=stage.account.id).paid_until == made.ends_at
    assert not Invoice.objects.exists()


def test_an_account_that_is_not_renewed_goes_dormant_and_a_card_wakes_it() -> None:
    stage = make_stage()
    redeem(stage, at=START)
    bill_account(account_id=stage.account.id, at=datetime(2026, 6, 1, tzinfo=UTC), by=SYSTEM)  # months late
    assert states(stage) == [("active", "paid"), ("grace", "paid_end"), ("dormant", "not_renewed")]
    dormant = AccessSpell.objects.get(state="dormant")
    assert dormant.from_at == datetime(2026, 2, 21, 16, tzinfo=UTC)  # when it was due, not when the run came
    with pytest.raises(RenewFirst):
        subscriptions.resume(
            account_id=stage.account.id,
            subscription_id=dormant.subscription_id,
            by=SYSTEM,
            at=datetime(2026, 6, 1, tzinfo=UTC),
        )

    made = redeem(stage, at=datetime(2026, 6, 5, 7, tzinfo=UTC), source="card 2")

    assert (made.how, made.start_on, made.end_on) == ("lapsed", date(2026, 6, 5), date(2026, 7, 5))
    assert states(stage)[-1] == ("active", "paid")
    assert Subscription.objects.get().status == "active"
    causes = {cause for pair in Stretch.objects.values_list("cause", "end_cause") for cause in pair if cause}
    assert causes == {"start", "grace", "dormant", "renewal"} <= set(STRETCH_CAUSES)
    assert OutboxEvent.objects.filter(name="plans.access_changed").count() == 4


def test_a_preview_says_what_the_card_would_do_and_does_nothing() -> None:
    stage = make_stage()
    redeem(stage, at=START)

    seen = redeem(stage, at=START, source="card 2", months=3, is_preview=True)
    made = redeem(stage, at=START, source="card 2", months=3, expected=seen.fingerprint)

    assert (seen.start_on, seen.end_on, seen.how) == (made.start_on, made.end_on, "ahead")
    assert PaidTerm.objects.count() == 2


def test_what_paid_for_a_term_pays_once() -> None:
    stage = make_stage()
    redeem(stage, at=START)

    with pytest.raises(TermUsedAlready):
        redeem(stage, at=START)


def test_a_term_that_is_taken_back_takes_its_access_along() -> None:
    stage = make_stage()
    redeem(stage, at=START)

    take_back_term(account_id=stage.account.id, source_kind="card", source_id="card 1", by=SYSTEM, at=START)

    access = access_of(account_id=stage.account.id)
    assert (access.state, access.paid_until) == ("grace", None)


def test_time_that_a_card_pays_is_not_billed_and_collection_goes_on_after_it() -> None:
    stage = make_stage()
    wish = NewSubscription(version_id=stage.versions["pro"].id, pays="automatic")
    subscriptions.start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)

    made = redeem(stage, at=datetime(2026, 1, 20, tzinfo=UTC), months=2)

    assert (made.how, made.start_on, made.end_on) == ("automatic", date(2026, 2, 15), date(2026, 4, 15))
    (document,) = bill_account(account_id=stage.account.id, at=datetime(2026, 4, 20, tzinfo=UTC), by=SYSTEM)
    assert [(line.start, line.amount_minor) for line in document.lines] == [(date(2026, 4, 15), 31000)]


def test_whoever_lives_on_terms_is_reminded_once_before_the_last_one_ends() -> None:
    stage = make_stage()
    stage.account.email = "owner@tea.example"
    stage.account.save(update_fields=["email"])

    redeem(stage, at=START)

    week_before = datetime(2026, 2, 7, 16, tzinfo=UTC)
    assert Subscription.objects.get().next_due_at == week_before
    for hours in (0, 1):
        bill_account(account_id=stage.account.id, at=week_before + timedelta(hours=hours), by=SYSTEM)
    message = Message.objects.get(key="renewal_due")
    assert message.params["last_day"] == "14 February 2026"
    assert Subscription.objects.get().next_due_at == datetime(2026, 2, 13, 16, tzinfo=UTC)
