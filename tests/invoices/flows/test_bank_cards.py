"""A bank card is kept at the gateway, and invoices are taken from it: once, or it is told why not."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from invoices.errors import GatewayUnavailable, NoBankCard, PaymentUnderWay
from invoices.events import DocumentsFinalized
from invoices.flows.bank_cards import charge, charge_due, forget_cards, keep_card, open_card_page, remove_card
from invoices.flows.payments import ask_about_waiting, open_payment_page, take_webhook
from invoices.models import AutomaticPayment, BankCard, Invoice, InvoiceState, Payment, PaymentAttempt
from invoices.operations.attempts import apply_state, begin_attempt
from invoices.operations.automatic import begin_charge
from invoices.operations.payments import record_payment
from invoices.operations.subscriptions import start_subscription
from invoices.rules.gateway import Standing, State
from plans.models import Subscription
from plans.operations.subscriptions import NewSubscription
from provider.accounts.models import Account
from provider.kernel import ledger, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.ids import new_id
from provider.kernel.models import AuditRow
from provider.kernel.money import Money
from provider.messages.models import Message
from tests.factories import make_account
from tests.invoices.factories import make_seller
from tests.invoices.kept_cards import NOW, automatic, charges, invoice_of, open_minor, save_card, taken_from
from tests.plans.factories import make_plan, make_subscription, make_version, publish_row
from tests.racing import race
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return make_account(name="Hengtai", email="li@hengtai.example")


def deliver(double: Running) -> list[str]:
    outcomes: list[str] = []

    def to(body: bytes, headers: dict[str, str]) -> int:
        told = take_webhook(body=body, signature=headers["Stripe-Signature"], real_at=NOW)
        outcomes.append(told.outcome)
        return 200

    double.store.deliver(to)
    return outcomes


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
    page = open_card_page(account=account, language="en").url.rsplit("/", 1)[1]
    double.store.keep_card(page)

    deliver(double)

    assert BankCard.objects.get().account == account


def test_the_page_of_another_account_gives_nobody_a_card(account: Account, double: Running):
    page = open_card_page(account=make_account(name="Rival"), language="en").url.rsplit("/", 1)[1]
    double.store.keep_card(page)

    with pytest.raises(NoBankCard):
        keep_card(page=page, account_id=account.id, by=SYSTEM, real_at=NOW)
    assert not BankCard.objects.exists()


def test_the_page_of_a_card_that_was_removed_saves_nothing_again(account: Account, double: Running):
    page = open_card_page(account=account, language="en").url.rsplit("/", 1)[1]
    double.store.keep_card(page)
    keep_card(page=page, account_id=account.id, by=SYSTEM, real_at=NOW)
    remove_card(account=account, by=SYSTEM, at=NOW)

    with pytest.raises(NoBankCard):  # its address is opened again
        keep_card(page=page, account_id=account.id, by=SYSTEM, real_at=NOW)
    assert deliver(double) == ["ignored"]  # and a late webhook is done with


def test_a_card_of_an_account_that_is_not_ours_is_let_be(account: Account, double: Running):
    elsewhere = Account(id=new_id(), name="Of another installation", email="", currency="CNY")
    double.store.keep_card(open_card_page(account=elsewhere, language="en").url.rsplit("/", 1)[1])

    assert deliver(double) == ["ignored"]


def test_the_gateway_forgets_every_card_of_an_erased_account(account: Account, double: Running):
    first, second = save_card(account, double, card="poor"), save_card(account, double)
    double.store.get(first.method_ref)["customer"] = first.customer_ref  # it could not be forgotten when replaced

    forget_cards(account=account, by=SYSTEM, at=NOW)

    assert [double.store.get(card.method_ref)["customer"] for card in (first, second)] == [None, None]


def test_a_page_that_was_left_keeps_no_card(account: Account, double: Running):
    page = open_card_page(account=account, language="en").url.rsplit("/", 1)[1]

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


def test_what_is_paid_ahead_is_not_taken(account: Account, double: Running):
    save_card(account, double)
    invoice_of(make_subscription(account=account, pays="prepaid"))

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
    assert len(taken_from(double, account)) == 1


def pay_by_bank(invoice: Invoice) -> None:
    record_payment(
        account_id=invoice.account_id, method="bank", reference="T-1", amount=Money(31800, "CNY"),
        received_on=NOW.date(), by=SYSTEM, at=NOW, invoice_id=invoice.id,
    )  # fmt: skip


def test_a_try_that_the_gateway_no_longer_knows_by_its_key_is_looked_for_and_found(account: Account, double: Running):
    invoice = automatic(account, double)
    double.trouble("lost", times=3)
    charge_due(real_at=NOW)

    assert charge_due(real_at=NOW + timedelta(hours=24)) == 0  # its key is forgotten there
    ask_about_waiting(real_at=NOW + timedelta(hours=24))

    assert (charges(double), Payment.objects.count(), open_minor(invoice)) == (1, 1, 0)
    assert AutomaticPayment.objects.get().status == "settled"


def test_a_try_that_never_reached_the_gateway_is_given_up_and_begun_anew(account: Account, double: Running):
    invoice = automatic(account, double)
    double.trouble("down", times=3)
    charge_due(real_at=NOW)

    for hours in (1, 24):
        ask_about_waiting(real_at=NOW + timedelta(hours=hours))
        given_up = PaymentAttempt.objects.filter(status="failed").count()
        assert given_up == (hours == 24)  # before, it is asked for again under its key
    assert charge_due(real_at=NOW + timedelta(hours=24, minutes=1)) == 1

    assert (Payment.objects.count(), open_minor(invoice)) == (1, 0)
    assert not Message.objects.filter(key="automatic_payment_refused").exists()


@pytest.mark.parametrize("how", ["lost", "down"])
def test_what_was_paid_while_an_answer_was_lost_is_not_asked_for_again(account: Account, double: Running, how: str):
    invoice = automatic(account, double)
    double.trouble(how, times=3)
    charge_due(real_at=NOW)
    pay_by_bank(invoice)

    assert charge_due(real_at=NOW + timedelta(hours=1)) == 0
    ask_about_waiting(real_at=NOW + timedelta(hours=1))
    charge_due(real_at=NOW + timedelta(hours=1, minutes=1))

    was_taken = how == "lost"
    assert len(taken_from(double, account)) == was_taken
    assert Payment.objects.filter(method="stripe").count() == was_taken  # it is known, and waits for finance
    assert AutomaticPayment.objects.get().status == "settled"


def test_a_removed_card_leaves_no_payment_under_way_behind(account: Account, double: Running):
    invoice = automatic(account, double)
    double.trouble("down", times=3)
    charge_due(real_at=NOW)
    remove_card(account=account, by=SYSTEM, at=NOW)

    ask_about_waiting(real_at=NOW + timedelta(minutes=11))  # its request could still be on the way
    with pytest.raises(PaymentUnderWay):
        open_payment_page(invoice_id=invoice.id, by=SYSTEM, real_at=NOW)
    ask_about_waiting(real_at=NOW + timedelta(minutes=16))

    assert open_payment_page(invoice_id=invoice.id, by=SYSTEM, real_at=NOW)


def test_what_an_old_card_lacked_does_not_put_the_new_one_off(account: Account, double: Running):
    invoice = automatic(account, double, card="lost")
    attempt = begin_charge(invoice_id=invoice.id, by=SYSTEM, real_at=NOW)
    assert attempt is not None
    save_card(account, double)  # before the answer comes

    refused = State(standing=Standing.FAILED, session_id="", failure_code="lost_card")
    apply_state(attempt_id=attempt.id, state=refused, by=SYSTEM, at=NOW, real_at=NOW)

    assert charge_due(real_at=NOW) == 1
    assert open_minor(invoice) == 0
    assert not Message.objects.filter(key="automatic_payment_refused").exists()


def test_a_wrong_key_of_ours_is_not_told_as_a_refusal_of_the_bank(account: Account, double: Running, settings):
    invoice = automatic(account, double)
    settings.STRIPE_KEY = "rk_test_of_somebody_else"

    assert charge_due(real_at=NOW) == 0
    assert not Message.objects.filter(key="automatic_payment_refused").exists()
    settings.STRIPE_KEY = "sk_test_of_the_tests"
    assert charge_due(real_at=NOW + timedelta(minutes=16)) == 1
    assert open_minor(invoice) == 0


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
    old = BankCard.objects.exclude(removed_at=None).get()
    assert double.store.get(old.method_ref)["customer"] is None  # Stripe keeps it no more


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
    later = NOW + timedelta(hours=2)
    assert charge_due(real_at=later) == 0  # money of the last moment may be on its way
    double.store.now = later.timestamp
    ask_about_waiting(real_at=later)
    double.store.now = time.time
    assert charge_due(real_at=later + timedelta(minutes=16)) == 1  # the page is over
    assert open_minor(invoice) == 0


def test_who_is_just_led_to_the_page_is_not_charged_beside_it(account: Account, double: Running):
    invoice = automatic(account, double)
    begin_attempt(invoice_id=invoice.id, gateway="stripe", by=SYSTEM, real_at=NOW)  # the gateway is being asked

    assert charge_due(real_at=NOW) == 0
    assert charges(double) == 0


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


def test_what_begins_by_invoice_after_the_card_was_saved_is_taken_from_it_too(account: Account, double: Running):
    version = publish_row(make_version(plan=make_plan(seller=make_seller().account)))
    wish = NewSubscription(version_id=version.id, pays="on_terms")
    save_card(account, double)

    begun = start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=NOW).subscription

    assert begun.pays == "automatic"
