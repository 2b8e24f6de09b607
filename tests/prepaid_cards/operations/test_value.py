"""Cards of money and points: quoted, given, undone while nothing was used, right in the books for each tax class."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from invoices.models import BalanceLot, BalanceUse
from invoices.queries.accounts import credit_of, points_of
from prepaid_cards import errors
from prepaid_cards.models import TaxClass
from prepaid_cards.operations.products import create_product
from prepaid_cards.operations.redemption import may_undo, open_card, promise, redeem, undo_redemption
from prepaid_cards.queries.postings import cards_of_entry, entries_of_card
from provider.accounts.models import Account
from provider.kernel import laws, ledger
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import FactsChanged
from provider.kernel.models import LedgerEntry
from tests.factories import AT, make_account, make_member
from tests.invoices.factories import make_lot
from tests.prepaid_cards.conftest import House, wish
from tests.prepaid_cards.factories import make_product
from tests.prepaid_cards.redeeming import sold_card, use
from tests.sessions import signed_in

HOUR = timedelta(hours=1)


@pytest.fixture
def account(db: None) -> Account:
    make_account(name="Perennial", portal="provider", time_zone="Asia/Shanghai")
    return make_account(name="Fern", portal="subscriber", currency="CNY")


def stands(of: LedgerAccount) -> int:
    return ledger.balance(of=of, currency="CNY").minor


def laws_hold() -> bool:
    names = [
        "card_liability_is_the_sold_cards", "card_liability_on_every_day", "cards_redeemed_have_their_redemption",
        "ledger_balances", "prepaid_money_stands_in_the_books", "credit_is_used_once",
    ]  # fmt: skip
    return all(laws.check(law).holds for law in laws.known(names))


def test_what_has_expired_is_not_among_what_the_holder_has(account: Account) -> None:
    make_lot(account, amount_minor=5000, topped_up_at=AT - HOUR, expires_at=AT)
    card, _ = sold_card(make_product(top_up_minor=10000))

    shown = promise(card=card, account=account, at=AT)

    assert shown.value is not None
    assert (shown.value.before, shown.value.after) == (0, 10000)


@pytest.mark.parametrize(
    ("facts", "discount", "revenue"),
    [
        ({"top_up_minor": 10000}, 0, 0),
        ({"top_up_minor": 11000}, 1000, 0),  # more than it cost: the rest is a discount
        ({"top_up_minor": 9500}, 0, -500),  # less: earned at once
        ({"tax_class": "promotional", "face_minor": 0, "top_up_minor": 3000}, 3000, 0),  # given away: no debt before
    ],
)
def test_money_comes_to_the_balance_as_quoted_and_goes_back(
    account: Account, facts: dict[str, Any], discount: int, revenue: int
) -> None:
    card, code = sold_card(make_product(**facts))
    amount = facts["top_up_minor"]

    shown = promise(card=open_card(code_typed=code, account_id=account.id, by=SYSTEM, at=AT), account=account, at=AT)
    assert shown.value is not None
    assert (shown.value.before, shown.value.after) == (0, amount)
    made = redeem(card_id=card.id, account_id=account.id, expected=shown.digest, by=SYSTEM, at=AT)
    assert [one.minor for one in credit_of(account_id=account.id)] == [amount]
    assert (stands(LedgerAccount.CARD_LIABILITY), stands(LedgerAccount.BALANCE_LIABILITY)) == (0, -amount)
    assert (stands(LedgerAccount.DISCOUNT), stands(LedgerAccount.REVENUE)) == (discount, revenue)
    assert laws_hold()
    for entry in entries_of_card(card):
        row = LedgerEntry.objects.get(id=entry.id)
        assert list(cards_of_entry(source_kind=row.source_kind, source_id=row.source_id)) == [card]

    undo_redemption(redemption_id=made.id, account_id=account.id, by=SYSTEM, at=AT + HOUR)
    assert credit_of(account_id=account.id) == []
    assert (stands(LedgerAccount.DISCOUNT), stands(LedgerAccount.REVENUE)) == (0, 0)
    assert laws_hold()
    assert use(code, account_id=account.id, at=AT + 2 * HOUR).status == "done"


def test_points_come_to_the_points_and_are_owed_as_such(account: Account) -> None:
    card, code = sold_card(make_product(kind="points", points=500, top_up_minor=0))
    made = use(code, account_id=account.id, at=AT)
    assert points_of(account_id=account.id) == 500
    assert (stands(LedgerAccount.CARD_LIABILITY), stands(LedgerAccount.DEFERRED_SERVICE)) == (0, -10000)
    undo_redemption(redemption_id=made.id, account_id=account.id, by=SYSTEM, at=AT + HOUR)
    assert points_of(account_id=account.id) == 0
    assert (stands(LedgerAccount.CARD_LIABILITY), stands(LedgerAccount.DEFERRED_SERVICE)) == (-10000, 0)
    assert laws_hold()
    assert len(entries_of_card(card)) == 3


def test_what_was_used_is_not_undone_and_other_money_is_not_taken(account: Account) -> None:
    _, code = sold_card(make_product())
    made = use(code, account_id=account.id, at=AT)
    lot = BalanceLot.objects.get()
    BalanceUse.objects.create(lot=lot, purpose="expired", currency="CNY", amount_minor=1, at=AT)
    assert not may_undo(made, at=AT + HOUR)
    with pytest.raises(errors.UndoSpent):
        undo_redemption(redemption_id=made.id, account_id=account.id, by=SYSTEM, at=AT + HOUR)

    _, other = sold_card(make_product(currency="TWD"))
    with pytest.raises(errors.CardOtherCurrency):
        use(other, account_id=account.id, at=AT)


def test_a_quote_for_another_amount_is_refused(account: Account) -> None:
    card, _ = sold_card(make_product())
    with pytest.raises(FactsChanged):
        redeem(card_id=card.id, account_id=account.id, expected=b"0" * 32, by=SYSTEM, at=AT)


def test_money_is_never_sold_with_tax(house: House) -> None:
    bad = wish(house.plan, kind="top_up", plan_id=None, months=0, top_up_minor=98000, tax_class=TaxClass.SINGLE_PURPOSE)
    with pytest.raises(errors.TaxNotKnownYet):
        create_product(wish=bad, by=house.ann, at=AT)


def test_a_holder_sees_what_the_card_gives_before_it_is_used(account: Account, client: Client) -> None:
    _, code = sold_card(make_product())
    holder = signed_in(make_member(account=account, portal="subscriber", role="owner").user)
    page = holder.post(reverse("prepaid_cards:redeem"), {"code": code})
    assert "CNY 100.00" in page.content.decode()
    ticket = {"ticket": page.context["ticket"], "digest": page.context["digest"]}
    done = holder.post(reverse("prepaid_cards:redeem_confirm"), ticket, follow=True)
    assert "CNY 100.00" in done.content.decode()
    assert points_of(account_id=account.id) == 0
