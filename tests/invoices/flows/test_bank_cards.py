"""A bank card is kept at the gateway, and invoices are taken from it: once, or it is told why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from invoices.errors import GatewayUnavailable, NoBankCard, PaymentUnderWay
from invoices.events import DocumentsFinalized
from invoices.flows.bank_cards import charge, charge_due, keep_card, open_card_page, remove_card
from invoices.flows.payments import open_payment_page, take_webhook
from invoices.models import AutomaticPayment, BankCard, Invoice, InvoiceState, Payment, PaymentAttempt
from invoices.operations.automatic import arrange_payments
from plans.models import Subscription
from provider.accounts.models import Account
from provider.kernel import ledger, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.models import AuditRow
from provider.messages.models import Message
from tests.factories import make_account
from tests.invoices.factories import make_invoice
from tests.plans.factories import make_subscription
from tests.racing import race
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def account() -> Account:
    return make_account(name="Hengtai", email="li@hengtai.example")


def save_card(account: Account, double: Running, card: str = "good") -> BankCard:
    """The owner enters a card on the gateway's page and comes back."""
    page = open_card_page(account=account, language="zh-hans").rsplit("/", 1)[1]
    double.store.keep_card(page, card=card)
    return keep_card(page=page, account_id=account.id, by=SYSTEM, real_at=NOW)


def invoice_of(subscription: Subscription, *, is_arranged: bool = True) -> Invoice:
    """A new invoice with a line of this subscription."""
    invoice = make_invoice(account=subscription.account, subscription=subscription)
    if is_arranged:
        arrange_payments(invoice_ids=[invoice.id], at=NOW)
    return invoice


def automatic(account: Account, double: Running, card: str = "good") -> Invoice:
    subscription = make_subscription(account=account, pays="on_terms")
    save_card(account, double, card=card)
    return invoice_of(subscription)


def deliver(double: Running) -> list[str]:
    outcomes: list[str] = []

    def to(body: bytes, headers: dict[str, str]) -> int:
        told = take_webhook(body=body, signature=headers["Stripe-Signature"], real_at=NOW)
        outcomes.append(told.outcome)
        return 200

    double.store.deliver(to)
    return outcomes


def open_minor(invoice: Invoice) -> int:
    return InvoiceState.objects.get(pk=invoice.pk).open_minor


def charges(double: Running) -> int:
    return len({key for method, path, key in double.calls if method == "POST" and path == "/v1/payment_intents"})


def test_a_kept_card_makes_what_is_paid_on_terms_automatic_and_a_prepaid_one_stays(account: Account, double: Running):
    asked = make_subscription(account=account, pays="on_terms")
    ahead = make_subscription(account=account, pays="prepaid", code="ahead", is_main=False)

    card = save_card(account, double)

    assert (card.brand, card.last4, card.expires_year) == ("visa", "4242", 2034)
    asked.refresh_from_db()
    ahead.refresh_from_db()
    assert (asked.pays, ahead.pays) == ("automatic", "prepaid")
    assert set(deliver(double)) == {"ignored"}  # the webhook of the same page comes later
    assert BankCard.objects.count() == 1
    assert AuditRow.objects.filter(verb="bank_card.saved").count() == 1


def test_the_webhook_alone_keeps_the_card_of_who_closed_the_browser(account: Account, double: Running):
    page = open_card_page(account=account, language="en").rsplit("/", 1)[1]
    double.store.keep_card(page)

    deliver(double)

    assert BankCard.objects.get().account == account


def test_the_page_of_another_account_gives_nobody_a_card(account: Account, double: Running):
    page = open_card_page(account=make_account(name="Rival"), language="en").rsplit("/", 1)[1]
    double.store.keep_card(page)

    with pytest.raises(NoBankCard):
        keep_card(page=page, account_id=account.id, by=SYSTEM, real_at=NOW)
    assert not BankCard.objects.exists()


def test_a_page_that_was_left_keeps_no_card(account: Account, double: Running):
    page = open_card_page(account=account, language="en").rsplit("/", 1)[1]

    with pytest.raises(NoBankCard):
        keep_card(page=page, account_id=account.id, by=SYSTEM, real_at=NOW)


def test_a_new_invoice_is_taken_from_the_card_once_however_often_it_is_told(account: Account, double: Running):
    invoice = automatic(account, double)

    assert charge_due(real_at=NOW) == 1
    assert charge_due(real_at=NOW + timedelta(days=30)) == 0
    deliver(double)

    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.method) == (31800, "stripe")
    assert open_minor(invoice) == 0
    assert ledger.balance(of=LedgerAccount.IN_TRANSIT, currency="CNY").minor == 31800
    assert AutomaticPayment.objects.get().status == "settled"
    assert Message.objects.filter(key="payment_received").count() == 1


def test_the_letter_of_the_invoice_says_that_nothing_is_to_be_done(account: Account, double: Running):
    subscription = make_subscription(account=account, pays="on_terms")
    save_card(account, double)
    invoice = invoice_of(subscription, is_arranged=False)

    outbox.publish(DocumentsFinalized(account_id=account.id, invoice_ids=[invoice.id], credit_note_ids=[]), NOW)
    outbox.drain()

    assert Message.objects.get(key="invoice_issued").params["last4"] == "4242"
    assert AutomaticPayment.objects.get().status == "waiting"


@pytest.mark.parametrize("pays", ["prepaid", "on_terms"])
def test_what_is_not_paid_automatically_is_not_taken(account: Account, double: Running, pays: str):
    save_card(account, double)
    invoice_of(make_subscription(account=account, pays=pays))

    assert charge_due(real_at=NOW) == 0
    assert charges(double) == 0


def test_a_call_whose_answer_got_lost_is_made_again_and_takes_the_money_once(account: Account, double: Running):
    invoice = automatic(account, double)
    double.trouble("lost", times=3)

    assert charge_due(real_at=NOW) == 0
    assert open_minor(invoice) == 31800
    assert charge_due(real_at=NOW + timedelta(minutes=5)) == 0  # not yet
    assert charge_due(real_at=NOW + timedelta(minutes=16)) == 1

    assert charges(double) == 1  # one key
    assert open_minor(invoice) == 0
    assert len([one for one in double.store.all_of("payment_intent") if one["customer"] == customer(account)]) == 1


def customer(account: Account) -> str:
    return BankCard.objects.get(account=account).customer_ref


def test_a_try_that_the_gateway_no_longer_knows_by_its_key_waits_for_a_person(account: Account, double: Running):
    invoice = automatic(account, double)
    double.trouble("lost", times=3)
    charge_due(real_at=NOW)

    assert charge_due(real_at=NOW + timedelta(hours=24)) == 0

    payment = AutomaticPayment.objects.get()
    assert (payment.status, payment.failure_code) == ("stopped", "no_answer")
    assert deliver(double)[-1] == "done"  # the webhook tells how it ended
    assert open_minor(invoice) == 0
    assert AutomaticPayment.objects.get().status == "settled"


def test_a_poor_card_is_tried_four_times_over_two_weeks_and_each_refusal_is_told(account: Account, double: Running):
    invoice = automatic(account, double, card="poor")
    tried = [day for day in range(20) if charge_due(real_at=NOW + timedelta(days=day, minutes=1))]

    assert tried == [0, 3, 7, 14]
    payment = AutomaticPayment.objects.get()
    assert (payment.status, payment.refused_count, payment.failure_code) == ("stopped", 4, "insufficient_funds")
    letters = Message.objects.filter(key="automatic_payment_refused").order_by("created_at")
    assert [bool(letter.params["again_on"]) for letter in letters] == [True, True, True, False]
    assert PaymentAttempt.objects.filter(status="failed").count() == 4
    assert open_minor(invoice) == 31800


@pytest.mark.parametrize(("card", "code"), [("lost", "lost_card"), ("asks", "authentication_required")])
def test_what_no_other_try_mends_is_told_at_once(account: Account, double: Running, card: str, code: str):
    automatic(account, double, card=card)
    charge_due(real_at=NOW)

    payment = AutomaticPayment.objects.get()
    assert (payment.status, payment.failure_code) == ("stopped", code)
    assert Message.objects.get(key="automatic_payment_refused").params["again_on"] == ""


def test_a_better_card_is_tried_with_what_the_old_one_did_not_pay(account: Account, double: Running):
    invoice = automatic(account, double, card="lost")
    charge_due(real_at=NOW)

    save_card(account, double)
    assert charge_due(real_at=NOW) == 1

    assert open_minor(invoice) == 0
    assert BankCard.objects.filter(removed_at=None).count() == 1


def test_a_removed_card_pays_nothing_more_and_the_gateway_forgets_it(account: Account, double: Running):
    invoice = automatic(account, double)
    card = BankCard.objects.get()

    remove_card(account=account, by=SYSTEM, at=NOW)

    assert charge_due(real_at=NOW) == 0
    assert open_minor(invoice) == 31800
    assert Subscription.objects.get().pays == "on_terms"
    assert double.store.get(card.method_ref)["customer"] is None
    assert remove_card(account=account, by=SYSTEM, at=NOW) is None  # pressed twice


def test_a_card_that_the_gateway_cannot_forget_now_is_not_called_removed(account: Account, double: Running):
    save_card(account, double)
    double.trouble("down", times=3)

    with pytest.raises(GatewayUnavailable):
        remove_card(account=account, by=SYSTEM, at=NOW)
    assert BankCard.objects.get().removed_at is None


def test_who_is_just_paying_on_the_page_is_not_charged_beside_it(account: Account, double: Running):
    invoice = automatic(account, double)
    open_payment_page(invoice_id=invoice.id, by=SYSTEM, real_at=NOW)

    assert charge_due(real_at=NOW) == 0
    assert charge_due(real_at=NOW + timedelta(hours=2)) == 1  # the page is over


def test_no_page_is_opened_while_it_is_being_taken(account: Account, double: Running):
    invoice = automatic(account, double)
    double.trouble("lost", times=3)
    charge_due(real_at=NOW)

    with pytest.raises(PaymentUnderWay):
        open_payment_page(invoice_id=invoice.id, by=SYSTEM, real_at=NOW)


def test_what_was_paid_by_bank_meanwhile_is_not_taken(account: Account, double: Running):
    invoice = automatic(account, double)
    InvoiceState.objects.filter(pk=invoice.pk).update(open_minor=0, paid_minor=31800, settled_at=NOW)

    assert charge_due(real_at=NOW) == 0
    assert AutomaticPayment.objects.get().status == "settled"
    assert charges(double) == 0


def test_one_account_with_a_test_clock_is_tried_by_its_own_time(account: Account, double: Running):
    Account.objects.filter(pk=account.pk).update(test_clock_at=NOW - timedelta(days=1), is_test=True)
    account.refresh_from_db()
    invoice = automatic(account, double)

    assert charge_due(real_at=NOW) == 0  # the invoice is of a day that has not come there
    Account.objects.filter(pk=account.pk).update(test_clock_at=NOW)
    assert charge_due(real_at=NOW) == 1
    assert open_minor(invoice) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_an_invoice_once(account: Account, double: Running):
    invoice = automatic(account, double)

    race(*[lambda: charge(invoice_id=invoice.id, by=SYSTEM, real_at=NOW)] * 6)

    assert charges(double) == 1
    assert Payment.objects.count() == 1
    assert open_minor(invoice) == 0
