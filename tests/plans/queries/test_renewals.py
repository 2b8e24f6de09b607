"""Whose time ends before long, and what it is that ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.models import AccessSpell, PaidTerm, Subscription
from plans.queries.renewals import KINDS, renewals_by_week, renewals_due
from tests.factories import AT, make_account
from tests.plans.factories import make_subscription

pytestmark = pytest.mark.django_db
MIDNIGHT = AT.replace(hour=0, minute=0, second=0, microsecond=0)


def ends(*, days: int, state: str = "active", pays: str = "prepaid", **facts: Any) -> Subscription:
    """An account whose last day lies so many days ahead."""
    subscription = make_subscription(account=make_account(), pays=pays)
    usual = {"cause": "paid", "from_at": AT - timedelta(days=90), "ends_at": MIDNIGHT + timedelta(days=days + 1)}
    AccessSpell.objects.create(account=subscription.account, subscription=subscription, state=state, **usual | facts)
    return subscription


def paid(subscription: Subscription, *, by: str, until: datetime = MIDNIGHT) -> None:
    PaidTerm.objects.create(
        subscription=subscription, version=subscription.stretches.get().version, start_on=until.date(),
        end_on=until.date() + timedelta(days=1), starts_at=until, ends_at=until + timedelta(days=1),
        source_kind=by, source_id=str(subscription.id), created_at=AT,
    )  # fmt: skip


def test_what_ends_is_a_trial_paid_time_or_grace() -> None:
    trial, grace = ends(days=3, state="trial"), ends(days=4, state="grace")
    card, online = ends(days=5), ends(days=6)
    paid(card, by="card_redemption")
    paid(online, by="invoice")

    found = renewals_due(at=MIDNIGHT).order_by("ends_at")

    assert [(one.subscription_id, one.ending) for one in found] == [
        (trial.id, "trial"), (grace.id, "grace"), (card.id, "card"), (online.id, "online"),
    ]  # fmt: skip


def test_who_goes_on_by_invoice_or_ends_later_or_has_ended_is_not_among_them() -> None:
    ends(days=3, pays="on_terms", state="trial")
    ends(days=30)
    ends(days=3, until_at=AT)
    ends(days=3, ends_at=None)

    assert not renewals_due(at=MIDNIGHT).exists()


def test_who_has_paid_during_the_trial_already_is_not_among_them() -> None:
    renewed, waiting = ends(days=3, state="trial"), ends(days=4, state="trial")
    Subscription.objects.filter(pk=renewed.pk).update(paid_until=AT + timedelta(days=400))

    assert [one.subscription_id for one in renewals_due(at=MIDNIGHT)] == [waiting.pk]


def test_each_last_day_falls_into_one_week_and_all_are_one_question() -> None:
    for days in (0, 6, 7, 28, 29):
        ends(days=days, state="trial")

    with CaptureQueriesContext(connection) as asked:
        weeks = renewals_by_week(at=MIDNIGHT)

    assert [(week.from_at - MIDNIGHT).days for week in weeks] == [0, 7, 14, 21, 28]
    assert [week.counts["trial"] for week in weeks] == [2, 1, 0, 0, 2]
    assert set(weeks[0].counts) == set(KINDS)
    assert len(asked) == 1
