"""Cards that nobody is expected to redeem: released card by card, month by month, and owed again when one comes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from prepaid_cards.errors import BreakageMonthClosed, BreakagePolicyInvalid, ReasonMissing
from prepaid_cards.models import BreakageMonth, BreakageRelease, Card, CardBatch, CardBreakage
from prepaid_cards.operations.breakage import decide_policy, release_due_months
from prepaid_cards.operations.redemption import undo_redemption
from prepaid_cards.queries import breakage as queries
from prepaid_cards.queries import liability
from prepaid_cards.rules.breakage import Policy
from provider.kernel import laws
from provider.kernel.actor import SYSTEM
from provider.kernel.models import LedgerEntry
from tests.factories import make_member
from tests.sessions import signed_in

from .traded import Trade, day, open_trade

HALF = Policy(method="proportional", expected_percent=Decimal(50))
LAWS = [
    "card_liability_is_the_sold_cards", "card_liability_on_every_day", "card_breakage_on_every_day",
    "card_deferral_on_every_day", "card_breakage_is_its_cards", "card_broken_off_is_not_redeemed", "ledger_balances",
]  # fmt: skip


def laws_hold() -> bool:
    return all(laws.check(law).holds for law in laws.known(LAWS))


def ties(on: date) -> tuple[int, int]:
    """What is owed and what was earned as breakage, where cards and books agree."""
    scope = liability.scope_on(on=on, currency="CNY")
    totals = liability.totals_of(liability.liability_by(scope, by="product"))
    assert totals.liability_minor == liability.liability_in_books(scope)
    assert totals.broken_minor == liability.breakage_in_books(scope)
    assert dict(liability.liability_by_month(scope))[on] == totals.liability_minor
    serials = list(liability.outstanding_cards(scope))
    assert sum(card.batch.price.liability_minor - card.broken_minor for card in serials) == totals.liability_minor
    return totals.liability_minor, totals.broken_minor


def decide(policy: Policy, *, starts_on: date = date(2026, 1, 1), product: object = None) -> None:
    decide_policy(
        policy=policy, product_id=getattr(product, "id", None), starts_on=starts_on, reason="Three years of sales",
        by=SYSTEM, at=day(0),
    )  # fmt: skip


@pytest.fixture
def trade(db: None) -> Trade:
    """Four of 196 yuan were sold in January, two of them redeemed."""
    trade = open_trade()
    for number in range(4):
        trade.sell(number, at=day(number))
    for number in range(2):
        trade.redeem(number, at=day(10 + number))
    return trade


def test_a_month_releases_in_proportion_and_a_late_redemption_reopens(trade: Trade) -> None:
    decide(HALF)
    assert [plan.count for plan in queries.plan_of(month=date(2026, 1, 1), zone=liability.scope_on(
        on=date(2026, 1, 31), currency="CNY").zone)] == [2]  # fmt: skip
    assert release_due_months(at=day(27)) == 0  # 1 February: January is not settled

    assert release_due_months(at=day(31)) == 2
    assert release_due_months(at=day(31)) == 0
    assert list(CardBreakage.objects.values_list("card", flat=True)) == [trade.cards[2][0].id, trade.cards[3][0].id]
    january, before = ties(date(2026, 1, 31)), ties(date(2026, 1, 30))
    assert (january, before) == ((0, 39200), (39200, 0))

    made = trade.redeem(2, at=day(40))  # nobody expected it
    assert ties(date(2026, 2, 28)) == (0, 19600)
    assert (ties(date(2026, 1, 31)), ties(date(2026, 1, 30))) == (january, before)
    trade.undo(made, at=day(40) + timedelta(hours=1))
    assert ties(date(2026, 2, 28)) == (19600, 19600)
    assert laws_hold()
    assert LedgerEntry.objects.filter(source_kind="card_breakage_reopened").count() == 1

    assert release_due_months(at=day(60)) == 1  # February: it counts as before, by a row of its own
    assert ties(date(2026, 2, 28)) == (0, 39200)
    assert CardBreakage.objects.filter(card=trade.cards[2][0]).count() == 2
    assert laws_hold()


def test_only_when_remote_each_card_waits_its_months_or_its_last_day(trade: Trade) -> None:
    decide(Policy(method="remote", remote_months=3))
    Card.objects.filter(id=trade.cards[3][0].id).update(redeem_before=day(50))

    assert release_due_months(at=day(60)) == 1  # the last day of the fourth is over
    assert BreakageMonth.objects.count() == 2
    assert release_due_months(at=day(130)) == 1  # the third is three months old; April is caught up with March
    assert ties(date(2026, 4, 30)) == (0, 39200)
    assert laws_hold()


@pytest.mark.django_db
def test_cards_that_are_not_remote_wait_though_they_have_no_last_day() -> None:
    trade = open_trade(cards=6)
    CardBatch.objects.update(redeem_before=None)
    Card.objects.update(redeem_before=None)
    for number, sold in enumerate([day(1), day(2), day(85)]):
        trade.sell(number, at=sold)
    decide(Policy(method="remote", remote_months=3))

    assert release_due_months(at=day(130)) == 2
    expected = [trade.cards[0][0].id, trade.cards[1][0].id]
    assert sorted(CardBreakage.objects.values_list("card", flat=True)) == expected


def test_a_product_with_a_policy_of_its_own_follows_it(trade: Trade) -> None:
    decide(HALF)
    decide(Policy(method="none"), product=trade.products[0])

    assert release_due_months(at=day(31)) == 0
    assert BreakageMonth.objects.get().count == 0


def test_what_is_redeemed_between_the_months_end_and_its_closing_is_not_released(trade: Trade) -> None:
    decide(HALF)
    made = trade.redeem(2, at=day(28))
    undo_redemption(redemption_id=made.id, account_id=trade.stage.account.id, by=SYSTEM, at=day(28))

    assert release_due_months(at=day(31)) == 1
    assert list(CardBreakage.objects.values_list("card", flat=True)) == [trade.cards[3][0].id]
    assert laws_hold()


def test_a_policy_without_sense_without_reason_or_for_a_closed_month_is_refused(trade: Trade) -> None:
    with pytest.raises(BreakagePolicyInvalid):
        decide(Policy(method="remote"))
    with pytest.raises(ReasonMissing):
        decide_policy(policy=HALF, product_id=None, starts_on=date(2026, 1, 1), reason=" ", by=SYSTEM, at=day(0))
    decide(HALF)
    release_due_months(at=day(31))
    with pytest.raises(BreakageMonthClosed):
        decide(HALF, starts_on=date(2026, 1, 20))


def test_a_card_is_broken_off_once_and_no_month_releases_twice(trade: Trade) -> None:
    decide(HALF)
    release_due_months(at=day(31))
    one = CardBreakage.objects.select_related("release").first()
    assert one is not None
    with pytest.raises(IntegrityError, match="card_broken_once"), transaction.atomic():
        CardBreakage.objects.create(release=one.release, card_id=one.card_id, minor=1, released_at=day(31))
    with pytest.raises(IntegrityError, match="breakage_released_once"), transaction.atomic():
        BreakageRelease.objects.create(
            month=one.release.month, batch=one.release.batch, seller=one.release.seller, policy=one.release.policy,
            sold=4, redeemed=2, due=2, standing=0, count=1, minor=1, currency="CNY", at=day(31),
        )  # fmt: skip


def test_a_posting_by_hand_is_found_by_the_law(trade: Trade) -> None:
    decide(HALF)
    release_due_months(at=day(31))
    with connection.cursor() as cursor:
        cursor.execute("update prepaid_cards_cardbreakage set minor = minor - 1")
    found = {law.name for law in laws.known(LAWS) if not laws.check(law).holds}
    assert {"card_breakage_on_every_day", "card_breakage_is_its_cards", "card_liability_on_every_day"} <= found


def test_finance_decides_reads_the_plan_and_walks_from_the_month_to_the_serial_and_the_books(trade: Trade) -> None:
    member = make_member(account=trade.provider, portal="provider", role="finance")
    client: Client = signed_in(member.user)
    typed = {"method": "proportional", "expected_percent": "50", "starts_on": "2026-01-09", "reason": "Experience"}

    refused = client.post(reverse("prepaid_cards:breakage_policy_new"), typed | {"expected_percent": ""})
    assert refused.context["form"].errors["method"]
    made = client.post(reverse("prepaid_cards:breakage_policy_new"), typed)
    assert made.status_code == 302
    release_due_months(at=day(31))

    page = client.get(reverse("prepaid_cards:breakage"))
    assert page.context["policies"][0]["policy"].starts_on == date(2026, 1, 1)
    closed = client.get(reverse("prepaid_cards:breakage_month", args=[BreakageMonth.objects.earliest("month").id]))
    assert [row["release"].count for row in closed.context["releases"]] == [2]
    card = trade.cards[2][0]
    serial = client.get(reverse("prepaid_cards:serial", args=[card.serial]))
    entry = next(one for one in serial.context["entries"] if "Not expected" in str(one.words))
    assert entry.amount.minor == 19600
    book = client.get(reverse("console:ledger_entry", args=[entry.id]))
    assert card.serial in [one["serial"] for one in book.context["cards"]]
    report = client.get(reverse("prepaid_cards:liability"), {"on": "2026-01-31"})
    assert [tie.agrees for tie in report.context["ties"]] == [True, True, True]
