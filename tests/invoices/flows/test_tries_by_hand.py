"""After a refusal a person has the card on file tried at once: once, beside nothing else, and the plan stays."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest

from invoices.errors import (
    InvoiceSettled,
    NoBankCard,
    NoGateway,
    NothingRefused,
    PaymentPageOpen,
    PaymentUnderWay,
    TriedLately,
)
from invoices.flows.bank_cards import charge, charge_due, remove_card, try_now
from invoices.flows.payments import ask_about_waiting, open_payment_page
from invoices.models import AutomaticPayment, Invoice, Payment, PaymentAttempt
from invoices.operations import automatic as operations
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from provider.kernel.models import AuditRow
from provider.messages.models import Message
from tests.factories import make_account
from tests.invoices.factories import make_invoice
from tests.invoices.kept_cards import (
    NOW,
    automatic,
    bank_says,
    charges,
    open_minor,
    refused_invoice,
    save_card,
    taken_from,
)
from tests.racing import race
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def account() -> Account:
    return make_account(name="Hengtai", email="li@hengtai.example")


@pytest.fixture
def refused(account: Account, double: Running) -> Invoice:
    """An invoice that the bank did not give: too little was on the account."""
    return refused_invoice(account, double)


def tried(invoice: Invoice, *, later: timedelta = MINUTE) -> PaymentAttempt:
    return try_now(invoice_id=invoice.id, by=SYSTEM, real_at=NOW + later)


def test_a_refused_invoice_is_taken_at_once_when_a_person_asks(refused: Invoice, double: Running):
    bank_says(double, "")

    attempt = tried(refused)

    assert (attempt.status, attempt.is_by_hand) == ("succeeded", True)
    assert open_minor(refused) == 0
    assert AutomaticPayment.objects.get().status == "settled"
    assert AuditRow.objects.get(verb="payment.tried_by_hand").subject_id == str(refused.id)
    assert charge_due(real_at=NOW + timedelta(days=3)) == 0


def test_a_try_by_hand_counts_as_a_refusal_and_leaves_the_planned_tries_where_they_were(refused: Invoice):
    assert tried(refused, later=timedelta(days=1)).failure_code == "insufficient_funds"

    assert AutomaticPayment.objects.get().refused_count == 2
    days = [day for day in range(1, 20) if charge_due(real_at=NOW + timedelta(days=day, minutes=5))]
    assert days == [3, 7, 14]
    assert AutomaticPayment.objects.get().status == "stopped"


def test_a_planned_try_is_not_made_right_behind_one_by_hand(refused: Invoice):
    third_day = timedelta(days=3)
    tried(refused, later=third_day - MINUTE)

    assert charge_due(real_at=NOW + third_day + MINUTE) == 0
    assert charge_due(real_at=NOW + third_day + 60 * MINUTE) == 1


def test_what_is_tried_no_more_is_tried_by_hand_and_stays_given_up_when_it_is_refused(
    account: Account, double: Running
):
    invoice = automatic(account, double, card="lost")
    charge_due(real_at=NOW)

    assert tried(invoice).failure_code == "lost_card"

    payment = AutomaticPayment.objects.get()
    assert (payment.status, payment.refused_count) == ("stopped", 2)
    assert charge_due(real_at=NOW + timedelta(days=30)) == 0


def test_within_the_hour_it_is_not_tried_by_hand_again(refused: Invoice, double: Running):
    tried(refused)
    bank_says(double, "")

    with pytest.raises(TriedLately) as refusal:
        tried(refused, later=21 * MINUTE)
    assert refusal.value.facts == {"minutes": 40}
    assert charges(double) == 2
    assert tried(refused, later=61 * MINUTE).status == "succeeded"


def test_while_it_is_being_taken_no_second_charge_is_begun(refused: Invoice, double: Running):
    double.trouble("lost", times=3)
    assert tried(refused).status == "created"  # no answer came: it stays under way

    with pytest.raises(PaymentUnderWay):
        tried(refused, later=2 * MINUTE)
    assert charge_due(real_at=NOW + 17 * MINUTE) == 1  # and is gone on with under its key
    assert charges(double) == 2
    assert AutomaticPayment.objects.get().refused_count == 2


def test_a_try_by_hand_that_never_reached_the_gateway_leaves_the_plan_as_it_was(refused: Invoice, double: Running):
    planned_at = AutomaticPayment.objects.get().next_try_at
    double.trouble("down", times=3)
    tried(refused)

    ask_about_waiting(real_at=NOW + timedelta(hours=24))

    payment = AutomaticPayment.objects.get()
    assert (payment.status, payment.next_try_at, payment.refused_count) == ("waiting", planned_at, 1)


def test_while_a_payer_may_be_on_the_page_nothing_is_taken_beside_it(refused: Invoice, double: Running):
    open_payment_page(invoice_id=refused.id, by=SYSTEM, real_at=NOW)

    with pytest.raises(PaymentPageOpen):
        tried(refused)
    assert charges(double) == 1


def test_what_was_not_refused_is_not_tried_by_hand(account: Account, double: Running):
    waits, never = automatic(account, double), make_invoice(account=account)

    for invoice in (waits, never):
        with pytest.raises(NothingRefused):
            tried(invoice)
    assert charges(double) == 0


def test_without_a_card_or_with_nothing_open_it_says_so(refused: Invoice, account: Account, double: Running):
    remove_card(account=account, by=SYSTEM, at=NOW)
    with pytest.raises(NoBankCard):
        tried(refused)
    refused.state.__class__.objects.filter(pk=refused.pk).update(open_minor=0, paid_minor=31800, settled_at=NOW)
    with pytest.raises(InvoiceSettled):
        tried(refused)


def test_without_a_gateway_nothing_is_begun(account: Account):
    with pytest.raises(NoGateway):
        tried(make_invoice(account=account))


def test_another_card_begins_the_count_anew(refused: Invoice, account: Account, double: Running):
    tried(refused)
    save_card(account, double)

    payment = AutomaticPayment.objects.get()
    assert (payment.refused_count, payment.by_hand_count, payment.planned_at) == (0, 0, None)


def test_who_tries_reads_the_answer_and_gets_no_letter_unless_nothing_more_is_tried(refused: Invoice, double: Running):
    tried(refused)
    assert Message.objects.filter(key="automatic_payment_refused").count() == 1  # of the planned one

    bank_says(double, "lost_card")
    tried(refused, later=timedelta(hours=2))
    letter = Message.objects.filter(key="automatic_payment_refused").latest("created_at")
    assert letter.params["again_on"] == ""


def _all_at_once(invoice: Invoice, *, times: int) -> None:
    """Persons press the button while the sweep comes to the planned try."""
    at = NOW + timedelta(days=3, minutes=1)

    def press() -> None:
        with suppress(PaymentUnderWay, TriedLately, InvoiceSettled):
            try_now(invoice_id=invoice.id, by=SYSTEM, real_at=at)

    race(*[press] * times, *[lambda: charge(invoice_id=invoice.id, by=SYSTEM, real_at=at)] * times)


@pytest.mark.django_db(transaction=True)
def test_whoever_presses_beside_the_sweep_takes_it_once(refused: Invoice, account: Account, double: Running):
    bank_says(double, "")

    _all_at_once(refused, times=3)

    assert len(taken_from(double, account)) == 2  # the refused one, and one that was paid
    assert (Payment.objects.count(), open_minor(refused)) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_locks_it_would_be_taken_twice(
    refused: Invoice, account: Account, double: Running, monkeypatch: pytest.MonkeyPatch
):
    bank_says(double, "")
    both_have_read, read = threading.Barrier(2, timeout=20), operations.may_be_paid_on_page

    def reads(*, invoice_id: UUID, at: object) -> bool:
        both_have_read.wait()
        return read(invoice_id=invoice_id, at=NOW)

    monkeypatch.setattr(operations, "may_be_paid_on_page", reads)
    monkeypatch.setattr(operations, "lock_account", lambda pk: Account.objects.get(pk=pk))
    monkeypatch.setattr(operations, "lock_state", lambda pk: Invoice.objects.get(pk=pk).state)
    monkeypatch.setattr(operations, "_lock", lambda pk: AutomaticPayment.objects.get(pk=pk))
    _all_at_once(refused, times=1)

    assert len(taken_from(double, account)) == 3
