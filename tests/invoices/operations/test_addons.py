"""Add-ons follow the main subscription: they end with it, rest and wake with it, and previews show their lines too."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from invoices.models import CreditNoteLine, InvoiceLine
from invoices.operations import subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, Outcome
from invoices.operations.terms import Term, extend_term
from plans.errors import RestsWithMain
from plans.models import Subscription
from plans.queries import access_of
from plans.rules.story import read_story
from provider.kernel import laws
from provider.kernel.actor import SYSTEM
from provider.kernel.models import AuditRow
from provider.workshop.stories.stage import Stage, set_stage

pytestmark = pytest.mark.django_db

STORY = """\
story: A plan and two add-ons
timezone: Asia/Shanghai
currency: CNY
plans:
  main: {interval: month, anchor: calendar, bill: in_advance, price: "310.00", grace: 7, last_day: free}
  disk: {interval: month, anchor: calendar, bill: in_advance, price: "62.00"}
  texts: {interval: month, anchor: calendar, bill: in_arrears, price: "31.00"}
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""
SET_UP = """\
story: A plan, and an add-on that has to be set up
timezone: Asia/Shanghai
currency: CNY
plans:
  main: {interval: month, anchor: calendar, bill: in_advance, price: "310.00", last_day: free}
  disk:
    interval: month
    anchor: calendar
    bill: in_advance
    price: "62.00"
    charges: [{code: setup, model: one_time, price: "500.00"}]
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""
Line = tuple[str, date | None, date | None, int]


def at(month: int, day: int, hour: int = 4) -> datetime:
    """Noon of a day in Shanghai."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def begun(*, pays: Any = "on_terms") -> Stage:
    """An account with a plan and two add-ons, from the first of January on."""
    stage = set_stage(read_story(STORY))
    for plan in ("main", "disk", "texts"):
        wish = NewSubscription(
            version_id=stage.versions[plan].id,
            code=plan,
            pays=pays if plan == "main" else "on_terms",
            is_main=plan == "main",
        )
        subscriptions.start_subscription(account_id=stage.account.pk, wish=wish, by=SYSTEM, at=at(1, 1))
    return stage


def do(stage: Stage, verb: Any, *, code: str = "main", at: datetime, **facts: Any) -> Outcome:
    """The verb as its preview showed it."""
    row = Subscription.objects.get(account=stage.account, code=code)
    call = {"account_id": stage.account.pk, "subscription_id": row.id, "by": SYSTEM, "at": at} | facts
    seen: Outcome = verb(**call, is_preview=True)
    made: Outcome = verb(**call, expected=seen.fingerprint)
    return made


def states(stage: Stage) -> dict[str, str]:
    return dict(Subscription.objects.filter(account=stage.account).values_list("code", "status"))


def charged(code: str, *, since: date) -> list[Line]:
    rows = InvoiceLine.objects.filter(subscription__code=code, start_on__gte=since).order_by("start_on")
    return [(row.charge_code, row.start_on, row.end_on, row.amount_minor) for row in rows]


def given_back(code: str) -> list[Line]:
    rows = CreditNoteLine.objects.filter(line__subscription__code=code).order_by("id")
    return [(row.line.charge_code, row.start_on, row.end_on, row.amount_minor) for row in rows]


def assert_laws() -> None:
    found = [laws.check(law) for law in laws.known()]
    assert [(one.law.name, one.examples) for one in found if not one.holds] == []


def test_a_cancel_ends_the_add_ons_on_the_same_day_and_its_preview_lists_their_lines() -> None:
    stage = begun()

    made = do(stage, subscriptions.cancel, at=at(1, 11), when="now")

    lines = [(one.kind, line.subscription, line.end, line.amount_minor) for one in made.documents for line in one.lines]
    assert sorted(lines) == [
        ("credit_note", "disk", date(2026, 2, 1), 4200),
        ("credit_note", "main", date(2026, 2, 1), 21000),
        ("invoice", "texts", date(2026, 1, 11), 1000),
    ]
    assert states(stage) == {"main": "ended", "disk": "ended", "texts": "ended"}
    assert AuditRow.objects.filter(verb="subscription.cancel").count() == 3
    bill_account(account_id=stage.account.pk, at=at(4, 1), by=SYSTEM)
    assert charged("disk", since=date(2026, 1, 11)) == charged("texts", since=date(2026, 1, 11)) == []
    assert_laws()


def test_unused_time_of_add_ons_becomes_what_was_chosen_for_the_main_one() -> None:
    stage = begun()

    made = do(stage, subscriptions.cancel, at=at(1, 11), when="now", unused="none")

    assert [one.kind for one in made.documents] == ["invoice"]
    assert given_back("disk") == []


def test_add_ons_run_on_to_the_end_that_was_chosen_for_later_and_no_day_further() -> None:
    stage = begun()
    do(stage, subscriptions.cancel, at=at(1, 11), when="period_end")
    assert states(stage) == {"main": "active", "disk": "active", "texts": "active"}

    bill_account(account_id=stage.account.pk, at=at(3, 20), by=SYSTEM)

    assert states(stage) == {"main": "ended", "disk": "ended", "texts": "ended"}
    assert charged("texts", since=date(2026, 1, 1)) == [("base", date(2026, 1, 1), date(2026, 2, 1), 3100)]
    assert charged("disk", since=date(2026, 2, 1)) == []
    assert_laws()


def test_add_ons_rest_while_the_main_one_is_paused_and_only_those_wake_with_it() -> None:
    stage = begun()
    do(stage, subscriptions.pause, code="texts", at=at(1, 6))

    do(stage, subscriptions.pause, at=at(1, 11))
    assert states(stage) == {"main": "paused", "disk": "paused", "texts": "paused"}
    assert given_back("disk") == [("base", date(2026, 1, 11), date(2026, 2, 1), 4200)]
    for verb, code in ((subscriptions.resume, "disk"), (subscriptions.resume, "texts")):
        with pytest.raises(RestsWithMain):
            do(stage, verb, code=code, at=at(1, 12))
    bill_account(account_id=stage.account.pk, at=at(2, 20), by=SYSTEM)

    do(stage, subscriptions.resume, at=at(2, 22))

    assert states(stage) == {"main": "active", "disk": "active", "texts": "paused"}
    assert charged("disk", since=date(2026, 1, 11)) == [("base", date(2026, 2, 22), date(2026, 3, 1), 1550)]
    do(stage, subscriptions.resume, code="texts", at=at(2, 23))
    assert_laws()


def test_add_ons_sleep_and_wake_with_an_account_that_is_renewed_late() -> None:
    stage = begun(pays="prepaid")  # never paid: seven days of grace

    bill_account(account_id=stage.account.pk, at=at(2, 20), by=SYSTEM)

    assert access_of(account_id=stage.account.pk).state == "dormant"
    assert states(stage) == {"main": "paused", "disk": "paused", "texts": "paused"}
    assert charged("texts", since=date(2026, 1, 1)) == [("base", date(2026, 1, 1), date(2026, 1, 8), 700)]
    assert given_back("disk") == [("base", date(2026, 1, 8), date(2026, 2, 1), 4800)]

    term = Term(version_id=stage.versions["main"].id, months=1, face_minor=31000, source_kind="test", source_id="1")
    extend_term(account_id=stage.account.pk, term=term, by=SYSTEM, at=at(3, 22))

    assert states(stage) == {"main": "active", "disk": "active", "texts": "active"}
    assert charged("disk", since=date(2026, 2, 1)) == [("base", date(2026, 3, 22), date(2026, 4, 1), 2000)]
    assert_laws()


def test_what_ended_alone_stays_ended_and_what_is_taken_up_afterwards_runs_by_itself() -> None:
    stage = begun()
    do(stage, subscriptions.cancel, code="texts", at=at(1, 6), when="now")
    do(stage, subscriptions.cancel, at=at(1, 11), when="now")

    do(stage, subscriptions.reactivate, code="disk", at=at(1, 20))
    bill_account(account_id=stage.account.pk, at=at(2, 2), by=SYSTEM)
    assert states(stage) == {"main": "ended", "disk": "active", "texts": "ended"}

    do(stage, subscriptions.reactivate, at=at(2, 3))
    assert states(stage) == {"main": "active", "disk": "active", "texts": "ended"}
    assert Decimal(sum(line[3] for line in charged("disk", since=date(2026, 2, 1)))) == 6200
    assert_laws()


def test_an_end_of_the_main_one_that_is_to_come_cuts_their_periods_when_these_open() -> None:
    stage = begun()
    do(stage, subscriptions.cancel, at=at(1, 11), when=at(2, 19))
    bill_account(account_id=stage.account.pk, at=at(3, 20), by=SYSTEM)

    assert charged("disk", since=date(2026, 2, 1)) == [("base", date(2026, 2, 1), date(2026, 2, 19), 3986)]
    assert charged("texts", since=date(2026, 2, 1)) == [("base", date(2026, 2, 1), date(2026, 2, 19), 1993)]
    assert given_back("disk") == []
    assert states(stage) == {"main": "ended", "disk": "ended", "texts": "ended"}
    assert_laws()


def test_add_ons_go_on_where_that_end_is_taken_back_and_keep_an_earlier_one_of_their_own() -> None:
    stage = begun()
    do(stage, subscriptions.cancel, code="texts", at=at(1, 6), when="period_end")
    do(stage, subscriptions.cancel, at=at(1, 11), when=at(2, 19))
    bill_account(account_id=stage.account.pk, at=at(2, 2), by=SYSTEM)

    do(stage, subscriptions.withdraw, at=at(2, 5))
    bill_account(account_id=stage.account.pk, at=at(3, 2), by=SYSTEM)

    assert states(stage) == {"main": "active", "disk": "active", "texts": "ended"}
    assert charged("disk", since=date(2026, 2, 1)) == [
        ("base", date(2026, 2, 1), date(2026, 2, 19), 3986),
        ("base", date(2026, 2, 19), date(2026, 3, 1), 2214),
        ("base", date(2026, 3, 1), date(2026, 4, 1), 6200),
    ]
    assert charged("texts", since=date(2026, 2, 1)) == []
    assert_laws()


def with_set_up(*, starts_at: datetime | None, on: datetime, is_main_paused: bool) -> Stage:
    """An account whose add-on was subscribed on a day, where asked for while the plan rests."""
    stage = set_stage(read_story(SET_UP))
    main = NewSubscription(version_id=stage.versions["main"].id, code="main")
    subscriptions.start_subscription(account_id=stage.account.pk, wish=main, by=SYSTEM, at=at(1, 1))
    if is_main_paused:
        do(stage, subscriptions.pause, at=at(1, 4))
    wish = NewSubscription(version_id=stage.versions["disk"].id, code="disk", is_main=False, starts_at=starts_at)
    subscriptions.start_subscription(account_id=stage.account.pk, wish=wish, by=SYSTEM, at=on)
    return stage


@pytest.mark.parametrize("starts_at", [None, at(1, 20)], ids=["now", "later"])
def test_what_is_charged_once_waits_with_an_add_on_that_rests_from_its_beginning(starts_at: datetime | None) -> None:
    stage = with_set_up(starts_at=starts_at, on=at(1, 5), is_main_paused=True)
    bill_account(account_id=stage.account.pk, at=at(2, 2), by=SYSTEM)
    assert charged("disk", since=date(2026, 1, 1)) == []

    do(stage, subscriptions.resume, at=at(2, 15))

    assert sorted(charged("disk", since=date(2026, 1, 1))) == [
        ("base", date(2026, 2, 15), date(2026, 3, 1), 3100),
        ("setup", date(2026, 2, 15), date(2026, 2, 15), 50000),
    ]
    bill_account(account_id=stage.account.pk, at=at(4, 2), by=SYSTEM)
    assert [line[0] for line in charged("disk", since=date(2026, 1, 1))].count("setup") == 1
    assert_laws()


def test_what_is_charged_once_is_not_charged_for_what_was_cancelled_before_it_began() -> None:
    stage = with_set_up(starts_at=at(1, 20), on=at(1, 5), is_main_paused=False)

    do(stage, subscriptions.cancel, code="disk", at=at(1, 11), when="now")
    bill_account(account_id=stage.account.pk, at=at(3, 2), by=SYSTEM)

    assert charged("disk", since=date(2026, 1, 1)) == []
    assert_laws()
