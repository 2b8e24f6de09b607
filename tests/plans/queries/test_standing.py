"""How an account stands with what it subscribed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.models import AccessSpell, PendingChange, Subscription
from plans.queries.standing import access_subscription, standing_of
from provider.kernel.errors import NotFound
from tests.factories import AT, make_account
from tests.plans.factories import make_subscription

pytestmark = pytest.mark.django_db
PAID_END = datetime(2026, 12, 14, 16, tzinfo=UTC)


def give_access(subscription: Subscription, **facts: Any) -> AccessSpell:
    usual = {"state": "active", "cause": "paid", "from_at": AT, "ends_at": PAID_END}
    return AccessSpell.objects.create(account=subscription.account, subscription=subscription, **usual | facts)


def test_an_account_that_never_subscribed_stands_nowhere() -> None:
    standing = standing_of(account_id=make_account().id)
    assert (standing.access.state, standing.main, list(standing.turns)) == ("", None, [])


def test_a_prepaid_account_is_told_when_it_will_sleep() -> None:
    subscription = make_subscription(pays="prepaid", paid_until=PAID_END)
    give_access(subscription)
    standing = standing_of(account_id=subscription.account_id)
    assert standing.access.paid_until == PAID_END
    assert [turn.becomes for turn in standing.turns] == ["grace", "dormant"]
    assert standing.dormant_at == PAID_END + timedelta(days=7)


def test_a_cancel_that_was_chosen_for_later_is_an_end() -> None:
    subscription = make_subscription(next_due_at=PAID_END)
    give_access(subscription, ends_at=None)
    PendingChange.objects.create(subscription=subscription, verb="cancel", due_at=PAID_END, chosen_at=AT)
    standing = standing_of(account_id=subscription.account_id)
    assert standing.main is not None
    assert standing.main.ends_at == PAID_END
    assert standing.dormant_at == PAID_END


def test_the_running_main_subscription_comes_before_an_ended_one() -> None:
    account = make_account()
    make_subscription(account=account, code="old", status="ended", ended_at=AT)
    running = make_subscription(account=account, code="main")
    addon = make_subscription(account=account, code="sms", is_main=False)
    standing = standing_of(account_id=account.id)
    assert standing.main is not None
    assert standing.main.row == running
    assert {other.row.code for other in standing.others} == {"old", addon.code}


def test_it_takes_the_same_few_reads_however_much_there_is() -> None:
    account = make_account()
    for number in range(5):
        make_subscription(account=account, code=f"c{number}", is_main=number == 0)
    with CaptureQueriesContext(connection) as asked:
        standing_of(account_id=account.id)
    assert len(asked) <= 6


def test_another_accounts_subscription_is_not_found() -> None:
    subscription = make_subscription()
    with pytest.raises(NotFound):
        access_subscription(account_id=make_account().id, subscription_id=subscription.id)
    assert access_subscription(account_id=subscription.account_id, subscription_id=subscription.id).row == subscription
