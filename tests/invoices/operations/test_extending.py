"""Longer trials and graces: what was shown is given, nothing is billed for it, and whatever follows comes later."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from invoices.errors import PreviewOutdated
from invoices.operations import subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.extending import Extended, extend_access
from invoices.operations.subscriptions import NewSubscription
from invoices.operations.terms import Term, extend_term
from plans import errors
from plans.models import AccessExtension, AccessSpell, Period, Subscription
from plans.queries.standing import standing_of
from plans.rules.story import read_story
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import Refusal
from provider.kernel.models import AuditRow
from provider.workshop.stories.stage import Stage, set_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
_STORY = """\
story: The stage of trials
timezone: Asia/Shanghai
currency: CNY
plans:
  tried: {interval: month, anchor: anniversary, bill: in_advance, price: "310.00", trial: 14, minimum: "62.00"}
steps: [{at: 2026-01-15, do: bill}]
expect: [{at: 2026-01-15, nothing: true}]
"""


def begun(*, pays: Any = "on_terms") -> Stage:
    """A trial from 15 until 28 January, that day included."""
    stage = set_stage(read_story(_STORY))
    wish = NewSubscription(version_id=stage.versions["tried"].id, pays=pays)
    subscriptions.start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)
    return stage


def extend(stage: Stage, *, last_day: date, at: datetime, reason: str = "The import is late", **more: Any) -> Extended:
    one = Subscription.objects.get()
    return extend_access(
        account_id=stage.account.id, subscription_id=one.id, last_day=last_day, by=SYSTEM, at=at, reason=reason, **more
    )


def states() -> list[tuple[str, datetime]]:
    return list(AccessSpell.objects.order_by("from_at", "id").values_list("state", "from_at"))


def midnight(month: int, day: int) -> datetime:
    """The first instant of a day in Shanghai."""
    return datetime(2026, month, day - 1, 16, tzinfo=UTC)


def test_a_longer_trial_is_free_and_billing_begins_the_day_after_it() -> None:
    stage = begun()
    at = datetime(2026, 1, 20, 3, tzinfo=UTC)

    seen = extend(stage, last_day=date(2026, 2, 4), at=at, is_preview=True)
    assert (seen.state, seen.old_ends_at, seen.ends_at) == ("trial", midnight(1, 29), midnight(2, 5))
    assert (seen.documents, AccessExtension.objects.count()) == ((), 0)
    with pytest.raises(PreviewOutdated):
        extend(stage, last_day=date(2026, 2, 3), at=at, expected=seen.fingerprint)
    extend(stage, last_day=date(2026, 2, 4), at=at, expected=seen.fingerprint)

    assert AccessSpell.objects.get().ends_at == midnight(2, 5)
    assert [(turn.becomes, turn.at) for turn in standing_of(account_id=stage.account.id).turns] == [
        ("active", midnight(2, 5))
    ]
    told = AuditRow.objects.get(verb="subscription.extend_trial")
    assert told.reason == "The import is late"
    assert bill_account(account_id=stage.account.id, at=datetime(2026, 2, 1, tzinfo=UTC), by=SYSTEM) == ()
    documents = bill_account(account_id=stage.account.id, at=datetime(2026, 2, 20, tzinfo=UTC), by=SYSTEM)
    assert [(line.charge, line.start, line.end, line.amount_minor) for one in documents for line in one.lines] == [
        ("base", date(2026, 2, 5), date(2026, 2, 15), 10000),
        ("base", date(2026, 2, 15), date(2026, 3, 15), 31000),
    ]
    assert states() == [("trial", START), ("active", midnight(2, 5))]
    days = Period.objects.filter(charge_code="base").order_by("start_on").values_list("start_on", "end_on")
    assert [start for start, _ in days][1:] == [end for _, end in days][:-1]  # no day between them


def test_a_trial_that_is_extended_twice_ends_once() -> None:
    stage = begun()
    extend(stage, last_day=date(2026, 2, 4), at=datetime(2026, 1, 20, 3, tzinfo=UTC))
    bill_account(account_id=stage.account.id, at=datetime(2026, 1, 30, tzinfo=UTC), by=SYSTEM)

    extend(stage, last_day=date(2026, 2, 10), at=datetime(2026, 2, 1, tzinfo=UTC))

    (document,) = bill_account(account_id=stage.account.id, at=datetime(2026, 2, 12, tzinfo=UTC), by=SYSTEM)
    assert [(line.start, line.amount_minor) for line in document.lines] == [(date(2026, 2, 11), 4000)]
    assert states() == [("trial", START), ("active", midnight(2, 11))]


def test_a_longer_grace_keeps_the_account_awake_and_the_next_one_is_as_the_plan_says() -> None:
    stage = begun(pays="prepaid")
    in_grace = datetime(2026, 2, 1, 3, tzinfo=UTC)
    assert extend(stage, last_day=date(2026, 2, 20), at=in_grace).state == "grace"
    assert standing_of(account_id=stage.account.id).dormant_at == midnight(2, 21)
    bill_account(account_id=stage.account.id, at=datetime(2026, 2, 8, tzinfo=UTC), by=SYSTEM)
    assert [state for state, _ in states()] == ["trial", "grace"]

    days = Term(version_id=stage.versions["tried"].id, days=5, face_minor=5000, source_kind="card", source_id="a card")
    extend_term(account_id=stage.account.id, term=days, by=SYSTEM, at=datetime(2026, 2, 9, 20, tzinfo=UTC))
    bill_account(account_id=stage.account.id, at=datetime(2026, 3, 15, tzinfo=UTC), by=SYSTEM)

    assert states()[1:] == [
        ("grace", midnight(1, 29)),
        ("active", datetime(2026, 2, 9, 20, tzinfo=UTC)),
        ("grace", midnight(2, 15)),
        ("dormant", midnight(2, 22)),
    ]


def test_what_has_ended_is_active_or_too_far_is_refused_and_nothing_changed() -> None:
    stage = begun(pays="prepaid")
    at = datetime(2026, 1, 20, 3, tzinfo=UTC)

    def refused(refusal: type[Refusal], **facts: Any) -> None:
        with pytest.raises(refusal):
            extend(stage, **{"last_day": date(2026, 2, 4), "at": at, **facts})

    refused(errors.ExtensionNeedsReason, reason=" ")
    refused(errors.ExtendsNothing, last_day=date(2026, 1, 28))
    refused(errors.ExtendedTooFar, last_day=date(2026, 4, 21))
    extend(stage, last_day=date(2026, 4, 20), at=at, is_preview=True)  # the last day that is allowed
    month = Term(version_id=stage.versions["tried"].id, months=1, face_minor=1, source_kind="card", source_id="1")
    extend_term(account_id=stage.account.id, term=month, by=SYSTEM, at=at)
    refused(errors.PaidAfterTrial)
    refused(errors.NothingToExtend, at=datetime(2026, 2, 2, tzinfo=UTC), last_day=date(2026, 3, 20))
    refused(errors.SubscriptionStateForbids, at=datetime(2026, 5, 1, tzinfo=UTC), last_day=date(2026, 5, 20))
    assert not AccessExtension.objects.exists()


def test_a_trial_is_not_extended_beyond_an_end_that_was_chosen() -> None:
    stage = begun()
    one = Subscription.objects.get()
    subscriptions.cancel(account_id=stage.account.id, subscription_id=one.id, when=midnight(1, 25), by=SYSTEM, at=START)

    with pytest.raises(errors.EndsEarlierAlready):
        extend(stage, last_day=date(2026, 2, 4), at=datetime(2026, 1, 20, tzinfo=UTC))
