"""Points become prepaid money: at the rate that was shown, each point once, and the books say what they were worth."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from hypothesis import given
from hypothesis import strategies as st

from invoices.errors import BalanceSpent
from invoices.errors import points as errors
from invoices.models import BalanceLot, BalanceUse, PointExchange, PointRate
from invoices.operations import points
from invoices.operations.balances import grant_points, take_back_lot
from invoices.operations.points import exchange_points, set_rate
from invoices.queries.accounts import credit_of, points_of
from invoices.queries.points import offer_to
from prepaid_cards.errors import UndoSpent
from prepaid_cards.operations.redemption import undo_redemption
from provider.accounts.models import Account
from provider.kernel import laws, ledger
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import FactsChanged, Refusal
from provider.kernel.models import AuditRow, LedgerEntry
from provider.kernel.money import Money
from tests.factories import AT, make_account
from tests.prepaid_cards.factories import make_product
from tests.prepaid_cards.redeeming import sold_card, use
from tests.properties import examples
from tests.racing import race

HOUR = timedelta(hours=1)


@pytest.fixture
def account(db: None) -> Account:
    return _account()


def _account() -> Account:
    make_account(name="Perennial", portal="provider")
    return make_account(name="Lan", currency="CNY")


def rate(*, step: int = 100, minor: int = 1_00, currency: str = "CNY", at: Any = AT) -> PointRate:
    """A hundred points for one yuan."""
    return set_rate(
        currency=currency, points=step, amount=Money(minor, currency), reason="As agreed", by=SYSTEM, at=at
    )  # fmt: skip


def gift(account: Account, count: int, *, source: str = "gift", at: Any = AT) -> BalanceLot:
    return grant_points(
        account_id=account.id, points=count, currency="CNY", source_kind="gift", source_id=source, by=SYSTEM, at=at
    )  # fmt: skip


def points_card(account: Account, *, count: int = 1_000, face: int = 50_00, at: Any = AT) -> Any:
    """A card of points, bought and redeemed."""
    product = make_product(name="Points", kind="points", points=count, top_up_minor=0, face_minor=face)
    return use(sold_card(product)[1], account_id=account.id, at=at)


def exchange(account: Account, count: int, *, of: PointRate, at: Any = AT + HOUR) -> PointExchange:
    return exchange_points(account_id=account.id, points=count, rate_id=of.id, by=SYSTEM, at=at)


def has(account: Account) -> tuple[int, int]:
    """Points, and prepaid money in fen."""
    return points_of(account_id=account.id), sum(one.minor for one in credit_of(account_id=account.id))


def balance(of: LedgerAccount) -> int:
    return ledger.balance(of=of, currency="CNY").minor


def broken() -> list[str]:
    names = ("exchanged", "worth", "prepaid", "credit", "ledger", "card_")
    return [law.name for law in laws.known() if law.name.startswith(names) and not laws.check(law).holds]


def test_points_that_were_given_become_money_that_is_a_discount(account: Account) -> None:
    of = rate()
    gift(account, 550)
    offer = offer_to(account_id=account.id, currency="CNY", at=AT)
    assert (offer.left, offer.most, offer.money) == (550, 500, Money(5_00, "CNY"))

    made = exchange(account, 500, of=of)

    assert (made.points, made.amount_minor, has(account)) == (500, 5_00, (50, 5_00))
    assert (balance(LedgerAccount.DISCOUNT), balance(LedgerAccount.BALANCE_LIABILITY)) == (5_00, -5_00)
    assert not LedgerEntry.objects.filter(source_kind="point_exchange").exists()
    told = AuditRow.objects.get(verb="points.exchanged")
    assert (told.account_id, told.after["points"]) == (account.id, 500)
    assert broken() == []


def test_what_was_paid_for_points_pays_for_the_money_and_the_rest_is_earned(account: Account) -> None:
    of = rate(step=100, minor=2_00)
    points_card(account, count=1_000, face=50_00)  # five fen a point, of which two become money
    assert balance(LedgerAccount.DEFERRED_SERVICE) == -50_00

    exchange(account, 400, of=of)

    assert balance(LedgerAccount.DEFERRED_SERVICE) == -30_00
    assert (balance(LedgerAccount.DISCOUNT), balance(LedgerAccount.REVENUE)) == (0, -12_00)
    assert balance(LedgerAccount.BALANCE_LIABILITY) == -8_00
    assert broken() == []


def test_money_beyond_what_was_paid_for_the_points_is_a_discount(account: Account) -> None:
    of = rate(step=100, minor=10_00)
    points_card(account, count=1_000, face=50_00)

    exchange(account, 1_000, of=of)

    assert (balance(LedgerAccount.DEFERRED_SERVICE), balance(LedgerAccount.REVENUE)) == (0, 0)
    assert (balance(LedgerAccount.DISCOUNT), balance(LedgerAccount.BALANCE_LIABILITY)) == (50_00, -100_00)
    assert broken() == []


def test_the_oldest_points_go_first_and_a_lot_may_go_in_parts(account: Account) -> None:
    of = rate()
    first, second = gift(account, 250, source="a"), gift(account, 250, source="b", at=AT + timedelta(minutes=1))

    exchange(account, 200, of=of)
    exchange(account, 200, of=of, at=AT + 2 * HOUR)

    used = {use.lot_id: 0 for use in BalanceUse.objects.all()}
    for one in BalanceUse.objects.all():
        used[one.lot_id] += one.amount_minor
    assert used == {first.id: 250, second.id: 150}
    assert broken() == []


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [(0, errors.PointsNotWhole), (-100, errors.PointsNotWhole), (150, errors.PointsNotWhole),
     (600, errors.TooFewPoints)],
)  # fmt: skip
def test_what_cannot_be_exchanged(account: Account, wanted: int, refusal: type[Refusal]) -> None:
    of = rate()
    gift(account, 550)
    with pytest.raises(refusal):
        exchange(account, wanted, of=of)
    assert has(account) == (550, 0)


def test_another_rate_than_was_shown_is_not_applied(account: Account) -> None:
    gift(account, 500)
    shown = rate()
    rate(minor=50, at=AT + timedelta(minutes=1))
    with pytest.raises(FactsChanged):
        exchange(account, 500, of=shown)

    ended = rate(minor=0, at=AT + timedelta(minutes=2))
    assert offer_to(account_id=account.id, currency="CNY", at=AT).rate is None
    with pytest.raises(errors.PointsNotExchanged):
        exchange(account, 500, of=ended)
    assert has(account) == (500, 0)


def test_a_rate_of_another_currency_is_not_the_accounts(account: Account) -> None:
    gift(account, 500)
    with pytest.raises(errors.PointsNotExchanged):
        exchange(account, 500, of=rate(currency="TWD"))


@pytest.mark.parametrize("facts", [{"points": 0}, {"reason": " "}, {"amount": Money(-1, "CNY")}])
def test_a_rate_is_of_points_for_money_and_has_a_reason(db: None, facts: dict[str, Any]) -> None:
    given = {"currency": "CNY", "points": 100, "amount": Money(1_00, "CNY"), "reason": "Agreed"} | facts
    with pytest.raises(errors.RateIncomplete):
        set_rate(**given, by=SYSTEM, at=AT)
    assert not PointRate.objects.exists()


def test_a_card_whose_points_became_money_is_not_undone(account: Account) -> None:
    used = points_card(account)
    exchange(account, 100, of=rate())
    with pytest.raises(UndoSpent):
        undo_redemption(redemption_id=used.id, account_id=account.id, by=SYSTEM, at=AT + 2 * HOUR)
    with pytest.raises(BalanceSpent):
        take_back_lot(source_kind="card_redemption", source_id=str(used.id), by=SYSTEM, at=AT + 2 * HOUR)


def test_what_was_exchanged_stays(account: Account) -> None:
    of = rate()
    gift(account, 500)
    exchange(account, 100, of=of)
    for statement in ("update invoices_pointexchange set points = 1", "delete from invoices_pointrate"):
        with pytest.raises(DatabaseError, match="are_kept"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@given(
    lots=st.lists(st.tuples(st.integers(1, 900), st.integers(0, 70_00)), min_size=1, max_size=4),
    wanted=st.lists(st.integers(1, 12), max_size=6),
    step=st.sampled_from([1, 7, 100]),
    minor=st.integers(1, 300),
)  # fmt: skip
@examples(40)
def test_however_points_are_exchanged_nothing_is_lost_or_made(
    account: Account, lots: list[tuple[int, int]], wanted: list[int], step: int, minor: int
) -> None:
    with transaction.atomic():
        of = rate(step=step, minor=minor)
        for place, (count, face) in enumerate(lots):
            if face:
                points_card(account, count=count, face=face)
            else:
                gift(account, count, source=f"gift {place}")
        had, worth = sum(count for count, _ in lots), sum(face for _, face in lots)
        gone = 0
        for steps in wanted:
            if steps * step <= had - gone:
                exchange(account, steps * step, of=of)
                gone += steps * step
        assert has(account) == (had - gone, gone // step * minor)
        deferred = -balance(LedgerAccount.DEFERRED_SERVICE)
        assert 0 <= deferred <= worth
        if gone == had:
            assert deferred == 0
        assert broken() == []
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("count", "ends"), [(500, ["done", "too few"]), (1_000, ["done", "done"])])
def test_points_are_exchanged_once_however_many_ask(count: int, ends: list[str]) -> None:
    """Two ask for all 500: one gets them. With 1,000, the positive control, both do."""
    account = _account()
    of = rate()
    gift(account, count)
    outcomes: list[str] = []

    def asks() -> None:
        try:
            exchange(account, 500, of=of)
        except errors.TooFewPoints:
            outcomes.append("too few")
        else:
            outcomes.append("done")

    race(asks, asks)
    assert sorted(outcomes) == ends
    assert has(account) == (count - 500 * outcomes.count("done"), 5_00 * outcomes.count("done"))
    assert broken() == []


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_points_would_be_spent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    account = _account()
    of = rate()
    gift(account, 500)
    both_have_read = threading.Barrier(2, timeout=20)
    read = points.point_lots

    def reads(*, account_id: UUID, at: Any) -> Any:
        found = read(account_id=account_id, at=at)
        both_have_read.wait()
        return found

    monkeypatch.setattr(points, "point_lots", reads)
    monkeypatch.setattr(points, "lock_customer", lambda account_id: Account.objects.get(id=account_id))
    race(lambda: exchange(account, 500, of=of), lambda: exchange(account, 500, of=of))

    assert points_of(account_id=account.id) == -500
    assert "credit_is_used_once" in broken()
