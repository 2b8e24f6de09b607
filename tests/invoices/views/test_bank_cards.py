"""The subscriber keeps a bank card, sees it, and removes it; colleagues without the right only look."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.models import BankCard, Invoice
from invoices.operations.automatic import arrange_payments
from provider.accounts.models import Account
from provider.kernel.models import AuditRow
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.factories import AT, make_invoice
from tests.invoices.kept_cards import bank_says, refused_invoice
from tests.plans.factories import make_subscription
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db


def save_card(owner: Client, double: Running) -> None:
    page = owner.post("/my/bank-card/new/")["Location"].rsplit("/", 1)[1]
    session = double.store.keep_card(page)
    back = session["success_url"].replace("{CHECKOUT_SESSION_ID}", page).split("/", 3)[3]
    assert owner.get(f"/{back}").status_code == 302


def test_a_card_is_saved_shown_and_removed(owner: Client, account: Account, double: Running):
    make_subscription(account=account, pays="on_terms")
    assert "No bank card on file" in owner.get("/my/bank-card/").content.decode()

    save_card(owner, double)

    body = owner.get("/my/bank-card/").content.decode()
    assert "Visa •••• 4242" in body
    assert "12/2034" in body
    assert "Each new invoice is taken from this card" in body
    assert owner.post("/my/bank-card/remove/").status_code == 302
    assert "No bank card on file" in owner.get("/my/bank-card/").content.decode()


def test_coming_back_without_a_card_says_so_and_keeps_none(owner: Client, double: Running):
    page = owner.post("/my/bank-card/new/")["Location"].rsplit("/", 1)[1]

    body = owner.get(f"/my/bank-card/back/?page={page}", follow=True).content.decode()

    assert "No bank card was saved" in body
    assert not BankCard.objects.exists()


def test_a_page_that_stripe_does_not_know_is_refused_in_words(owner: Client, double: Running):
    answer = owner.get("/my/bank-card/back/?page=cs_test_nonsense")

    assert answer.status_code == 502
    assert not BankCard.objects.exists()


def test_the_page_of_a_stranger_gives_nobody_their_card(owner: Client, double: Running):
    rival = enter(Client(), make_member(account=make_account(name="Rival"), portal="subscriber", role="owner"))
    page = rival.post("/my/bank-card/new/")["Location"].rsplit("/", 1)[1]
    double.store.keep_card(page)

    assert "No bank card was saved" in owner.get(f"/my/bank-card/back/?page={page}", follow=True).content.decode()


def test_without_a_gateway_the_page_says_how_to_pay(owner: Client):
    assert "Paying online is not set up here" in owner.get("/my/bank-card/").content.decode()
    assert owner.post("/my/bank-card/new/").status_code == 409


def test_an_invoice_says_that_it_is_taken_from_the_card(
    owner: Client, finance: Client, account: Account, double: Running
):
    subscription = make_subscription(account=account, pays="on_terms")
    save_card(owner, double)
    invoice: Invoice = make_invoice(account=account, subscription=subscription)
    arrange_payments(invoice_ids=[invoice.id], at=AT)

    for reader, path in ((owner, f"/my/invoices/{invoice.id}/"), (finance, f"/operator/invoices/{invoice.id}/")):
        assert "It is being taken from the bank card that ends in 4242." in reader.get(path).content.decode()


def test_who_pays_ahead_is_told_that_nothing_is_taken_by_itself(owner: Client, account: Account, double: Running):
    make_subscription(account=account, pays="prepaid")
    save_card(owner, double)

    body = owner.get("/my/bank-card/").content.decode()
    assert "invoices for what comes beside your paid time, are paid by you" in body
    assert "Each new invoice is taken from this card" not in body


@pytest.fixture
def refused(owner: Client, account: Account, double: Running) -> Invoice:
    """An invoice that the bank did not give."""
    return refused_invoice(account, double)


def test_who_pays_reads_what_the_bank_refused_and_has_it_tried_again(owner: Client, refused: Invoice, double: Running):
    for path in (f"/my/invoices/{refused.id}/", "/my/bank-card/"):
        body = owner.get(path).content.decode()
        assert "there was not enough money" in body
        assert f"/my/invoices/{refused.id}/try-card/" in body
    bank_says(double, "")

    body = owner.post(f"/my/invoices/{refused.id}/try-card/", {"back": "card"}, follow=True).content.decode()

    assert "Paid from the bank card on file." in body
    assert "there was not enough money" not in body
    assert "Nothing is left to pay." in owner.get(f"/my/invoices/{refused.id}/").content.decode()


def test_after_another_refusal_the_page_says_from_when_it_may_be_tried_again(owner: Client, refused: Invoice):
    body = owner.post(f"/my/invoices/{refused.id}/try-card/", follow=True).content.decode()

    assert "The bank refused again: there was not enough money. Nothing was charged." in body
    assert "It was just tried by hand; that can be done again from" in body
    assert "try-card/" not in body
    again = owner.post(f"/my/invoices/{refused.id}/try-card/", follow=True).content.decode()
    assert "The bank card was tried for this invoice within the last hour." in again


def test_staff_without_the_right_reads_it_and_has_no_button(provider: Account, refused: Invoice):
    reader = enter(Client(), make_member(account=provider, portal="provider", role="support"))

    body = reader.get(f"/operator/invoices/{refused.id}/").content.decode()

    assert "there was not enough money" in body
    assert "try-card/" not in body


def test_finance_tries_it_for_the_customer_with_a_reason_that_is_kept(
    finance: Client, refused: Invoice, double: Running
):
    body = finance.get(f"/operator/invoices/{refused.id}/").content.decode()
    assert "When the customer says that the bank will pay now, try the card again." in body
    assert "Pay it online, or save another card." not in body  # that is said to who pays
    bank_says(double, "")

    finance.post(f"/operator/invoices/{refused.id}/try-card/", {"reason": "They called"})

    assert AuditRow.objects.get(verb="payment.tried_by_hand").reason == "They called"
    assert "Try the bank card again?" not in finance.get(f"/operator/invoices/{refused.id}/").content.decode()


def test_staff_is_told_where_no_other_try_helps(finance: Client, account: Account, owner: Client, double: Running):
    invoice = refused_invoice(account, double, card="lost")

    body = finance.get(f"/operator/invoices/{invoice.id}/").content.decode()

    assert "Another try hardly helps." in body
    assert "It is tried no more by itself." in body
    assert "Pay it online, or save another card." in owner.get(f"/my/invoices/{invoice.id}/").content.decode()
