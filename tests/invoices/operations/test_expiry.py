"""Prepaid money whose last day is over leaves the books: once, the way it came in, and never before its time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from invoices.errors import BalanceExpired
from invoices.models import BalanceLot, BalanceUse, WaitingInvoice
from invoices.operations import expiry, runs
from invoices.operations.approvals import NewRule, add_rule, approve
from invoices.operations.balances import grant_points, take_back_lot, take_back_rest, top_up, top_up_by_hand
from invoices.operations.billing import bill_account
from invoices.operations.desk import lock_account
from invoices.operations.expiry import release_expired
from invoices.operations.points import exchange_points, set_rate
from invoices.operations.revenue import close_due_months
from invoices.operations.subscriptions import NewSubscription, start_subscription
from invoices.queries.accounts import credit_of
from invoices.queries.balances import lots_in_state, lots_of_account
from invoices.tasks import close_months
from provider.accounts.models import Account
from provider.kernel import laws, ledger
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.models import AuditRow, LedgerEntry
from provider.kernel.money import Money
from provider.workshop.stories.stage import Stage
from tests.factories import AT, make_account
from tests.invoices.factories import make_invoice, make_lot_use
from tests.invoices.selling import make_stage
from tests.prepaid_cards.factories import make_product
from tests.prepaid_cards.redeeming import sold_card, use
from tests.racing import race

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
LAWS = [
    "prepaid_money_stands_in_the_books", "expired_money_is_owed_no_more", "expired_money_is_not_forgotten",
    "credit_is_used_once", "ledger_balances",
]  # fmt: skip


@pytest.fixture
def account(db: None) -> Account:
    make_account(name="Perennial", portal="provider")
    return make_account(name="Fern", currency="CNY")


def stands(of: LedgerAccount, currency: str = "CNY") -> int:
    return ledger.balance(of=of, currency=currency).minor


def broken() -> list[str]:
    return [law.name for law in laws.known(LAWS) if not laws.check(law).holds]


def paid(
    account: Account, minor: int, *, days: int | None = 10, kind: str = "transfer", ref: str = "T-1"
) -> BalanceLot:
    return top_up_by_hand(
        account_id=account.id, amount=Money(minor, account.currency), kind=kind, reference=ref, by=SYSTEM, at=AT,
        reason="As agreed", expires_at=None if days is None else AT + days * DAY,
    )  # fmt: skip


def expire(lot: BalanceLot, *, at: datetime = AT + 10 * DAY) -> None:
    BalanceLot.objects.filter(pk=lot.pk).update(expires_at=at)


def test_what_was_paid_is_earned_and_what_was_given_away_takes_its_discount_back(account: Account) -> None:
    paid(account, 50000)
    paid(account, 20000, kind="gift", ref="G-1")
    paid(account, 7000, days=None, ref="T-2")

    assert release_expired(at=AT + 10 * DAY - HOUR) == 0
    assert release_expired(at=AT + 10 * DAY) == 2

    assert (stands(LedgerAccount.BREAKAGE), stands(LedgerAccount.DISCOUNT)) == (-50000, 0)
    assert (stands(LedgerAccount.BALANCE_LIABILITY), stands(LedgerAccount.CASH)) == (-7000, 57000)
    assert [one.minor for one in credit_of(account_id=account.id)] == [7000]
    assert set(LedgerEntry.objects.filter(purpose="expired").values_list("at", flat=True)) == {AT + 10 * DAY}
    assert AuditRow.objects.filter(verb="balance.expired", account_id=account.id).count() == 2
    assert broken() == []


def test_of_what_a_card_gave_beyond_its_price_only_the_price_is_earned(account: Account) -> None:
    _card, code = sold_card(make_product(top_up_minor=11000))  # for 100.00
    use(code, account_id=account.id, at=AT)
    expire(BalanceLot.objects.get())

    assert release_expired(at=AT + 11 * DAY) == 1

    assert (stands(LedgerAccount.BREAKAGE), stands(LedgerAccount.DISCOUNT)) == (-10000, 0)
    assert stands(LedgerAccount.BALANCE_LIABILITY) == 0
    assert broken() == []


def test_what_was_paid_for_exchanged_points_is_earned_and_the_rest_was_a_gift(account: Account) -> None:
    grant_points(
        account_id=account.id, points=1000, currency="CNY", source_kind="gift", source_id="p", worth_minor=400,
        by=SYSTEM, at=AT,
    )  # fmt: skip
    rate = set_rate(currency="CNY", points=100, amount=Money(1_00, "CNY"), reason="As agreed", by=SYSTEM, at=AT)
    made = exchange_points(account_id=account.id, points=1000, rate_id=rate.id, by=SYSTEM, at=AT)
    expire(made.lot)

    release_expired(at=AT + 11 * DAY)

    assert (stands(LedgerAccount.BREAKAGE), stands(LedgerAccount.DISCOUNT)) == (-400, 0)
    assert broken() == []


def test_of_what_was_used_in_part_the_rest_is_released_in_the_same_shares(account: Account) -> None:
    _card, code = sold_card(make_product(top_up_minor=11000))
    use(code, account_id=account.id, at=AT)
    lot = BalanceLot.objects.get()
    make_lot_use(lot, invoice=make_invoice(account=account), amount_minor=5500)
    expire(lot)

    release_expired(at=AT + 11 * DAY)

    assert (stands(LedgerAccount.BREAKAGE), stands(LedgerAccount.DISCOUNT)) == (-5000, 500)
    assert [one.pk for one in lots_in_state(lots_of_account(account.id), states=["expired"], at=AT + 11 * DAY)] == [
        lot.pk
    ]
    with pytest.raises(BalanceExpired):
        take_back_lot(source_kind=lot.source_kind, source_id=lot.source_id, by=SYSTEM, at=AT + 12 * DAY)


def test_again_and_at_the_same_time_it_is_released_once(account: Account) -> None:
    paid(account, 50000)

    assert release_expired(at=AT + 20 * DAY) == 1
    assert release_expired(at=AT + 20 * DAY) == 0
    assert stands(LedgerAccount.BREAKAGE) == -50000


@pytest.mark.django_db(transaction=True)
def test_of_two_sweeps_and_a_taking_back_at_the_same_time_one_gets_the_money() -> None:
    make_account(name="Perennial", portal="provider")
    lots = [paid(make_account(name=f"No {i}", currency="CNY"), 1000 + i, ref=f"T-{i}") for i in range(12)]
    late = AT + 20 * DAY

    def take_back() -> None:
        for lot in lots:
            try:
                take_back_rest(account_id=lot.account_id, lot_id=lot.pk, by=SYSTEM, at=late, reason="Paid twice")
            except BalanceExpired:
                continue

    race(lambda: release_expired(at=late), lambda: release_expired(at=late), take_back)
    release_expired(at=late)  # whoever was locked just then is left for the next time

    assert BalanceUse.objects.count() == len(lots)
    assert stands(LedgerAccount.BALANCE_LIABILITY) == 0
    assert stands(LedgerAccount.BREAKAGE) == -stands(LedgerAccount.CASH)
    assert broken() == []


# --- Bills that come late ---


def late_bill(*, ends: int) -> tuple[Stage, BalanceLot]:
    """310.00 a month from 15 January, due again on 15 February; 500.00 prepaid until a day of February (or later)."""
    stage = make_stage()
    wish = NewSubscription(version_id=stage.versions["pro"].id)
    start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)
    lot = top_up(
        account_id=stage.account.id, amount=Money(50000, "CNY"), source_kind="test", source_id="1", by=SYSTEM,
        at=START + DAY, expires_at=START + ends * DAY,
    )  # fmt: skip
    return stage, lot


@pytest.mark.django_db
def test_money_that_an_invoice_of_before_may_still_use_waits_for_it() -> None:
    stage, lot = late_bill(ends=36)  # 20 February
    assert release_expired(at=START + 50 * DAY) == 0  # due on 15 February, and nobody has billed it

    bill_account(account_id=stage.account.id, at=START + 50 * DAY, by=SYSTEM)
    assert release_expired(at=START + 50 * DAY) == 1

    assert list(lot.uses.order_by("id").values_list("purpose", "amount_minor")) == [
        ("invoice", 32860), ("expired", 17140),
    ]  # fmt: skip
    assert broken() == []


@pytest.mark.django_db
def test_what_is_released_after_its_month_was_closed_counts_in_the_next_one() -> None:
    stage, _ = late_bill(ends=36)
    late = START + 60 * DAY  # 15 March
    close_due_months(at=late)
    bill_account(account_id=stage.account.id, at=late, by=SYSTEM)
    release_expired(at=late)

    entry = LedgerEntry.objects.get(purpose="expired")
    assert entry.at == datetime(2026, 2, 28, 16, tzinfo=UTC)  # the first instant of March in Shanghai
    assert BalanceUse.objects.get(purpose="expired").at == entry.at
    assert broken() == []


@pytest.mark.django_db
def test_money_that_a_draft_may_still_use_waits_for_its_approval() -> None:
    _, lot = late_bill(ends=36)
    add_rule(rule=NewRule(kind="above", above=Money(1, "CNY")), by=SYSTEM, at=START)
    runs.bill_all(as_of=START + 31 * DAY, by=SYSTEM)
    late = START + 40 * DAY
    assert release_expired(at=late) == 0

    approve(invoice_ids=[WaitingInvoice.objects.get().pk], by=SYSTEM, at=late)

    assert release_expired(at=late) == 1
    assert lot.uses.get(purpose="expired").amount_minor == 17140
    assert broken() == []


@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_billed_just_now_is_left_for_the_next_time() -> None:
    make_account(name="Perennial", portal="provider")
    account = make_account(name="Fern", currency="CNY")
    paid(account, 50000)
    is_locked, is_over = threading.Event(), threading.Event()

    def bill() -> None:
        with transaction.atomic():
            lock_account(account.id)
            is_locked.set()
            assert is_over.wait(20)

    def sweep() -> None:
        assert is_locked.wait(20)
        try:
            assert release_expired(at=AT + 20 * DAY) == 0  # it does not stand in line behind a bill
        finally:
            is_over.set()

    race(bill, sweep)
    assert release_expired(at=AT + 20 * DAY) == 1


# --- In sets ---


@pytest.mark.django_db
def test_a_thousand_cost_no_more_questions_than_ten(django_assert_max_num_queries: Any) -> None:
    make_account(name="Perennial", portal="provider")
    accounts = [make_account(name=f"No {i}", currency="CNY") for i in range(60)]
    lots = [paid(one, 100 + i, ref=f"T-{i}") for i, one in enumerate(accounts)]
    with django_assert_max_num_queries(25):
        assert release_expired(at=AT + 20 * DAY) == len(lots)
    assert broken() == []


def test_batches_follow_one_another_and_the_worker_does_it(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "BATCH", 2)
    for i in range(5):
        paid(make_account(name=f"No {i}", currency="CNY"), 100, ref=f"T-{i}")

    assert close_months() == 5
    assert stands(LedgerAccount.BREAKAGE) == -500


def test_an_account_on_a_test_clock_goes_by_its_clock(account: Account) -> None:
    paid(account, 100)
    Account.objects.filter(pk=account.pk).update(is_test=True, test_clock_at=AT)

    assert release_expired(at=AT + 20 * DAY) == 0
    Account.objects.filter(pk=account.pk).update(test_clock_at=AT + 11 * DAY)
    assert release_expired(at=AT) == 1


# --- The laws ---


def test_a_release_that_the_books_do_not_know_is_found(account: Account) -> None:
    lot = paid(account, 100)
    BalanceUse.objects.create(lot=lot, purpose="expired", currency="CNY", amount_minor=100, at=AT + 10 * DAY)
    assert "expired_money_is_owed_no_more" in broken()


def test_a_release_before_its_day_and_one_of_another_amount_are_found(account: Account) -> None:
    lot = paid(account, 100)
    release_expired(at=AT + 11 * DAY)
    assert broken() == []
    BalanceLot.objects.filter(pk=lot.pk).update(expires_at=AT + 12 * DAY)
    assert broken() == ["expired_money_is_owed_no_more"]
    BalanceLot.objects.filter(pk=lot.pk).update(expires_at=AT, amount_minor=101)
    BalanceUse.objects.create(lot=lot, purpose="expired", currency="CNY", amount_minor=1, at=AT)
    assert "expired_money_is_owed_no_more" in broken()


def test_what_nobody_released_is_found(account: Account) -> None:
    paid(account, 100)
    assert broken() == ["expired_money_is_not_forgotten"]
