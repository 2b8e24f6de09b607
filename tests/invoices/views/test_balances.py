"""Finance tops an account up after a look at its next invoice, traces what used it, and takes the rest back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from invoices.models import BalanceLot, BalanceUse
from invoices.operations.expiry import release_expired
from invoices.queries.accounts import credit_of
from provider.accounts.models import Account
from provider.kernel import laws
from provider.kernel.models import AuditRow, LedgerPosting
from tests.factories import make_account
from tests.invoices.factories import make_invoice, make_lot, make_lot_use, make_seller

pytestmark = pytest.mark.django_db
ARRIVED = {
    "kind": "transfer", "amount": "500", "reference": "T-7", "on": "all", "name": "main", "priority": "1",
    "reason": "Paid by bank",
}  # fmt: skip
QUERIES = 10


def books(ledger_account: str) -> int:
    return sum(LedgerPosting.objects.filter(ledger_account=ledger_account).values_list("amount_minor", flat=True))


def test_money_that_arrived_is_added_once_after_a_look(finance: Client, account: Account) -> None:
    page = f"/operator/accounts/{account.pk}/top-up/"
    seen = finance.post(page, ARRIVED).content.decode()
    assert "No invoice is to come as things stand" in seen
    assert not BalanceLot.objects.exists()

    shown = finance.post(page, ARRIVED | {"confirm": "yes"}, follow=True).content.decode()
    finance.post(page, ARRIVED | {"confirm": "yes"})

    lot = BalanceLot.objects.get()
    assert (lot.amount_minor, lot.priority, lot.source_id) == (50000, 1, "T-7")
    assert "Invoices use it before they ask for anything" in shown
    assert f"/operator/balances/{lot.pk}/" in shown
    assert AuditRow.objects.get(verb="balance.topped_up").reason == "Paid by bank"
    differs = finance.post(page, ARRIVED | {"amount": "5", "confirm": "yes"}).content.decode()
    assert BalanceLot.objects.count() == 1
    assert "alert" in differs


def test_a_gift_is_no_cash_and_what_is_left_of_it_goes_back_to_where_it_was(finance: Client, account: Account) -> None:
    gift = ARRIVED | {"kind": "gift", "reference": "", "confirm": "yes", "form_key": "a-form"}
    for _ in range(2):  # a double click
        finance.post(f"/operator/accounts/{account.pk}/top-up/", gift)
    lot = BalanceLot.objects.get()
    make_lot_use(lot, invoice=make_invoice(account=account), amount_minor=20000)
    assert (books("discount"), books("cash")) == (50000, 0)

    page = f"/operator/balances/{lot.pk}/take-back/"
    reason = {"reason": "Given by mistake"}
    assert "Take back CNY 300.00" in finance.post(page, reason).content.decode()
    outdated = finance.post(page, reason | {"confirm": "yes", "expected": "50000"}, follow=True).content.decode()
    assert "300.00" in outdated
    assert not BalanceUse.objects.filter(purpose="taken_back").exists()
    finance.post(page, reason | {"confirm": "yes", "expected": "30000"})

    assert BalanceUse.objects.get(purpose="taken_back").amount_minor == 30000
    assert books("discount") == 20000
    assert AuditRow.objects.get(verb="balance.taken_back").reason == "Given by mistake"
    again = finance.post(page, reason | {"confirm": "yes", "expected": "0"}).content.decode()
    assert "Nothing is left of this top-up" in again


def test_after_it_was_taken_back_the_books_agree(finance: Client, account: Account) -> None:
    finance.post(f"/operator/accounts/{account.pk}/top-up/", ARRIVED | {"confirm": "yes"})
    lot = BalanceLot.objects.get()
    finance.post(f"/operator/balances/{lot.pk}/take-back/", {"reason": "Paid twice", "confirm": "yes"})

    assert books("cash") == books("balance_liability") == 0
    (law,) = laws.known(["prepaid_money_stands_in_the_books"])
    assert laws.check(law).holds


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "0"}, "above 0"),
        ({"amount": "1e3"}, "plain figures"),
        ({"amount": "1.001"}, "so many decimal places"),
        ({"reference": ""}, "Enter the reference"),
        ({"last_on": "2020-01-01"}, "would expire before"),
        ({"last_on": "9999-12-31"}, "between the years 1900 and 2999"),
        ({"on": "some"}, "Choose the lines"),
        ({"reason": ""}, "required"),
    ],
)
def test_what_cannot_be_is_refused_at_the_field(finance: Client, account: Account, typed: dict, said: str) -> None:
    answer = finance.post(f"/operator/accounts/{account.pk}/top-up/", ARRIVED | typed)

    assert said in answer.content.decode()
    assert not BalanceLot.objects.exists()


def test_what_a_card_gave_is_taken_back_with_the_card(finance: Client, account: Account) -> None:
    lot = make_lot(account, source_kind="card_redemption")

    assert finance.get(f"/operator/balances/{lot.pk}/take-back/").status_code == 404
    assert "taken back where that is undone" in finance.get(f"/operator/balances/{lot.pk}/").content.decode()


def test_its_page_traces_which_invoice_used_what(finance: Client, account: Account) -> None:
    lot, invoice = make_lot(account, source_id="T-9"), make_invoice(account=account)
    make_lot_use(lot, invoice=invoice, amount_minor=12000)
    gone = make_lot(make_account(name="Moss"), expires_at=datetime(2026, 11, 2, tzinfo=UTC))

    page = finance.get(f"/operator/balances/{lot.pk}/").content.decode()

    assert all(
        words in page for words in (invoice.number_text, f"/operator/invoices/{invoice.pk}/", "120.00", "380.00")
    )
    listed = finance.get("/operator/balances/?state=usable").content.decode()
    assert f"/operator/balances/{lot.pk}/" in listed
    assert f"/operator/balances/{gone.pk}/" not in listed
    assert f"/operator/balances/{lot.pk}/" in finance.get("/operator/balances/?q=T-9").content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_however_many_there_are_pages_ask_few_questions(
    finance: Client, account: Account, count: int, django_assert_max_num_queries
) -> None:
    make_seller()
    lots = [make_lot(account) for _ in range(count)]
    for lot in lots:
        make_lot_use(lots[0], invoice=make_invoice(account=account), amount_minor=100)
        make_lot_use(lot, invoice=make_invoice(account=account))

    for page in ("/operator/balances/", f"/operator/balances/{lots[0].pk}/"):
        finance.get(page)  # the first of a session writes it down
        with django_assert_max_num_queries(QUERIES):
            assert finance.get(page).status_code == 200
    with django_assert_max_num_queries(15):  # the account's page asks for all its money
        assert finance.get(f"/operator/accounts/{account.pk}/money/").status_code == 200


def test_what_has_expired_is_no_credit_any_more(finance: Client, account: Account) -> None:
    make_lot(account, amount_minor=30000)
    gone = make_lot(account, amount_minor=4567, expires_at=datetime(2026, 11, 2, tzinfo=UTC))

    page = finance.get(f"/operator/accounts/{account.pk}/money/")

    assert [money.minor for money in page.context["credit"]] == [30000]
    assert [money.minor for money in credit_of(account_id=account.pk)] == [34567]  # until the hour's work
    release_expired(at=datetime(2026, 11, 3, tzinfo=UTC))
    assert [money.minor for money in credit_of(account_id=account.pk)] == [30000]
    listed = finance.get("/operator/balances/?state=expired").content.decode()
    assert f"/operator/balances/{gone.pk}/" in listed
    page = finance.get(f"/operator/balances/{gone.pk}/").content.decode()
    assert page.count("45.67") >= 3  # what it was, what expired, and when
    assert "Take back what is left" not in page
