"""What is owed for cards as of any day: it ties to the books and to the list of serials, and stays what it was."""

from __future__ import annotations

import csv
import io
import random
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prepaid_cards.models import Card
from prepaid_cards.operations.revenue import close_due_months
from prepaid_cards.queries import liability as queries
from prepaid_cards.queries.liability import Scope
from prepaid_cards.rules.curve import Cell, curve_of
from provider.kernel import laws
from provider.kernel.models import LedgerEntry
from tests.factories import make_member
from tests.sessions import signed_in

from .traded import Trade, day, open_trade, trade_for_months

LAWS = [
    "card_liability_is_the_sold_cards", "card_liability_on_every_day", "card_sales_are_told_of_each_card",
    "card_service_is_earned_once", "cards_redeemed_have_their_redemption", "ledger_balances",
]  # fmt: skip
THREE_DAYS = (date(2026, 1, 7), date(2026, 1, 17), date(2026, 3, 1))


def scope(on: date, **narrow: Any) -> Scope:
    return queries.scope_on(on=on, currency="CNY", **narrow)


def laws_hold() -> bool:
    return all(laws.check(law).holds for law in laws.known(LAWS))


def report(on: date) -> tuple[int, int, list[int]]:
    totals = queries.totals_of(queries.liability_by(scope(on), by="batch"))
    return totals.liability_minor, totals.deferred_minor, [age.count for age in queries.ages_of(scope(on))]


@pytest.mark.django_db
def test_liability_ties_to_books_and_serials_as_of_three_days_and_stays() -> None:
    trade = trade_for_months()
    before = [report(on) for on in THREE_DAYS]

    for on in THREE_DAYS:
        asked = scope(on)
        lines = queries.liability_by(asked, by="product")
        totals = queries.totals_of(lines)
        assert totals.liability_minor == queries.liability_in_books(asked)
        assert totals.deferred_minor + queries.unclosed_minor(asked) == queries.deferred_in_books(asked)
        serials = list(queries.outstanding_cards(asked))
        assert sum(card.batch.price.liability_minor for card in serials) == totals.liability_minor
        assert sum(age.count for age in queries.ages_of(asked)) == len(serials) == totals.outstanding
        assert sum(line.liability_minor for line in queries.liability_by(asked, by="seller")) == totals.liability_minor
        assert dict(queries.liability_by_month(asked))[on] == totals.liability_minor
    assert before[0][0] == 19600 + 9245  # one of each kind; the tax of the second was due at the sale
    assert before[1][0] == 19600  # the second was redeemed, the first one's redemption undone
    assert laws_hold()

    trade.sell(6, at=day(60), seller=1)
    trade.redeem(6, at=day(60))
    assert close_due_months(at=day(90)) > 0
    assert [report(on) for on in THREE_DAYS] == before
    assert laws_hold()


@pytest.mark.django_db
def test_each_month_earns_its_days_and_closing_again_posts_nothing() -> None:
    trade_for_months()

    assert close_due_months(at=day(27)) == 0  # 1 February: a redemption of yesterday could still be undone
    posted = close_due_months(at=day(90))
    assert posted == LedgerEntry.objects.filter(source_kind="card_service").count() == 4
    assert close_due_months(at=day(90)) == 0

    closed = scope(date(2026, 3, 31))
    assert queries.unclosed_minor(closed) == 0
    totals = queries.totals_of(queries.liability_by(closed, by="product"))
    assert totals.deferred_minor == queries.deferred_in_books(closed) > 0
    close_due_months(at=day(200))
    assert queries.deferred_in_books(scope(date(2026, 7, 1))) == 0
    assert laws_hold()


@pytest.mark.django_db
def test_the_curve_asks_only_cards_that_are_old_enough() -> None:
    trade_for_months()

    points = curve_of(queries.curve_cells(scope(date(2026, 3, 1))))

    assert [(one.days, one.at_risk, one.redeemed, one.percent) for one in points] == [(0, 4, 0, 0), (30, 2, 1, 50)]


def test_the_curve_never_falls_however_few_old_cards_there_are() -> None:
    young, old = Cell(age=1, used=0, count=8), Cell(age=3, used=None, count=2)
    late = Cell(age=3, used=2, count=2)

    points = curve_of([young, old, late])

    assert [(one.days, one.percent) for one in points] == [(0, 0), (30, 67), (60, 67), (90, 83)]


@pytest.fixture
def finance(db: None) -> Client:
    trade = open_trade()
    return _signed_in(trade)


def _signed_in(trade: Trade) -> Client:
    member = make_member(account=trade.provider, portal="provider", role="finance")
    client: Client = signed_in(member.user)
    return client


@pytest.mark.django_db
def test_finance_reads_the_report_narrows_it_and_takes_it_away() -> None:
    trade = trade_for_months()
    client = _signed_in(trade)
    address = reverse("prepaid_cards:liability")

    page = client.get(address, {"on": "2026-01-17", "by": "seller"})
    assert page.status_code == 200
    assert [line["line"].name for line in page.context["lines"]] == ["Shop A", "Shop B"]
    assert all(tie.agrees for tie in page.context["ties"])
    narrowed = client.get(page.context["lines"][0]["href"])
    assert narrowed.context["totals"].liability_minor == 19600
    file = client.get(f"{address}?on=2026-01-17&by=batch&export=csv")
    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert rows[1][1:] == ["1", "0", "1", "196.00", "0.00", "0.00"]
    listed = client.get(reverse("prepaid_cards:liability_serials"), {"on": "2026-01-17"})
    assert "220000-0000001" in listed.content.decode()


def test_a_day_to_come_or_nonsense_is_refused_at_its_field_and_today_is_shown(finance: Client) -> None:
    address = reverse("prepaid_cards:liability")
    for bad in ({"on": "2999-01-01"}, {"on": "no day"}, {"currency": "QQQ"}, {"product": "nobody"}, {"by": "weather"}):
        page = finance.get(address, bad)
        assert page.status_code == 200
        assert page.context["form"].errors
    assert "still to come" in finance.get(address, {"on": "2999-01-01"}).content.decode()


@pytest.mark.django_db
def test_from_a_serial_to_the_revenue_posting_and_back_a_hundred_times_at_random() -> None:
    trade = trade_for_months()
    close_due_months(at=day(120))
    client = _signed_in(trade)
    chance = random.Random(5)
    serials = list(Card.objects.exclude(activation=None).values_list("serial", flat=True))
    entries = list(LedgerEntry.objects.values_list("id", flat=True))

    walked = 0
    for _ in range(50):
        serial = chance.choice(serials)
        found = client.get(reverse("prepaid_cards:serial", args=[serial])).context["entries"]
        entry = client.get(f"/operator/ledger/{chance.choice(found).id}/")
        assert serial in [card["serial"] for card in entry.context["cards"]]
        walked += 1
    for _ in range(50):
        entry_id = chance.choice(entries)
        cards = client.get(reverse("console:ledger_entry", args=[entry_id])).context["cards"]
        serial = chance.choice(cards)["serial"]
        shown = client.get(reverse("prepaid_cards:serial", args=[serial]))
        assert f'href="/operator/ledger/{entry_id}/"' in shown.content.decode()
        walked += 1
    assert walked == 100
