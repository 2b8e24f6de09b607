"""Renewing online: the owner sees until when and for how much, pays once, and the time is there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from invoices.models import CreditNote, Invoice, InvoiceState, PaymentAttempt, TermOrder
from invoices.operations.billing import bill_account
from invoices.operations.terms import Term, extend_term
from plans.models import PaidTerm, Subscription
from plans.queries import access_of
from provider.accounts.models import Account, Profile
from provider.kernel import ledger, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.messages.models import Message
from provider.workshop.stories.stage import Stage
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.selling import make_stage
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
FEB_5 = datetime(2026, 2, 5, 8, tzinfo=UTC)


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    Profile.objects.create(account=stage.account, portal="subscriber", created_at=START)
    term = Term(version_id=stage.versions["pro"].id, months=1, face_minor=31000, source_kind="card", source_id="card 1")
    extend_term(account_id=stage.account.id, term=term, by=SYSTEM, at=START)
    set_clock(stage, FEB_5)
    return stage


def set_clock(stage: Stage, at: datetime) -> None:
    Account.objects.filter(pk=stage.account.id).update(test_clock_at=at)


@pytest.fixture
def owner(stage: Stage) -> Client:
    return enter(Client(), make_member(account=stage.account, portal="subscriber", role="owner"))


def buy(owner: Client, *, months: int, key: str = "form-1") -> HttpResponse:
    seen = owner.post("/my/renew/", {"months": months}).context["seen"]
    return owner.post("/my/renew/", {"months": months, "expected": seen.fingerprint, "form_key": key})


def owed(stage: Stage) -> int:
    return ledger.balance(of=LedgerAccount.RECEIVABLE, currency="CNY", account_id=stage.account.id).minor


def test_the_quote_says_until_when_and_the_price_with_tax_and_makes_nothing(stage: Stage, owner: Client) -> None:
    page = owner.get("/my/renew/").content.decode()
    assert "3,720.00" in page
    assert "billed as it is used" not in page  # the price of this plan is all there is

    answer = owner.post("/my/renew/", {"months": 12})

    body = answer.content.decode()
    assert "14 February 2026" in body
    assert "14 February 2027" in body
    assert "3,943.20" in body  # 12 × 310.00 and 6 % tax
    assert not Invoice.objects.exists()
    assert not TermOrder.objects.exists()


def test_paying_on_the_gateways_page_adds_the_time_once(
    stage: Stage, owner: Client, double: Running, settings: Any
) -> None:
    page = buy(owner, months=12)
    attempt = PaymentAttempt.objects.get()
    assert page["Location"] == attempt.page_url
    assert (attempt.amount_minor, owed(stage)) == (394320, 394320)
    assert PaidTerm.objects.count() == 1  # nothing is added before it is paid

    session = double.store.pay(attempt.session_id)
    back = session["success_url"].removeprefix(settings.SITE_URL)
    for _ in range(2):
        owner.get(back)
    outbox.drain()

    assert owed(stage) == 0
    assert PaidTerm.objects.count() == 2
    assert Subscription.objects.get().paid_until == datetime(2027, 2, 14, 16, tzinfo=UTC)
    assert "The time is added." in owner.get(f"/my/invoices/{attempt.invoice_id}/").content.decode()


def test_a_dormant_account_wakes_by_it_and_its_time_begins_on_that_day(
    stage: Stage, owner: Client, double: Running, settings: Any
) -> None:
    bill_account(account_id=stage.account.id, at=datetime(2026, 6, 1, tzinfo=UTC), by=SYSTEM)
    assert access_of(account_id=stage.account.id).state == "dormant"
    set_clock(stage, datetime(2026, 6, 5, 7, tzinfo=UTC))
    assert "Renew online" in owner.get("/my/").content.decode()

    buy(owner, months=1)
    session = double.store.pay(PaymentAttempt.objects.get().session_id)
    owner.get(session["success_url"].removeprefix(settings.SITE_URL))
    outbox.drain()

    assert access_of(account_id=stage.account.id).state == "active"
    assert Subscription.objects.get().paid_until == datetime(2026, 7, 4, 16, tzinfo=UTC)


def test_without_a_gateway_the_invoice_says_how_to_pay_and_a_second_order_waits(stage: Stage, owner: Client) -> None:
    first = buy(owner, months=3)
    again = owner.post("/my/renew/", {"months": 3})
    invoice = Invoice.objects.get()
    assert first["Location"] == f"/my/invoices/{invoice.id}/"
    assert (invoice.cause, invoice.total_minor) == ("manual", 98580)
    assert "The time is added as soon as this invoice is paid." in owner.get(first["Location"]).content.decode()

    refused = buy(owner, months=1, key="form-2")

    assert "is not paid yet" in str(refused.context["form"].errors)
    assert "is not paid yet" in again.content.decode()
    assert TermOrder.objects.count() == 1
    assert InvoiceState.objects.get().open_minor == 98580


def test_an_unpaid_renewal_is_taken_back_and_another_one_ordered(stage: Stage, owner: Client) -> None:
    Account.objects.filter(pk=stage.account.id).update(email="li@hengtai.example")
    buy(owner, months=3)
    first = Invoice.objects.get()
    url = f"/my/renew/{first.id}/withdraw/"
    assert url in owner.get("/my/renew/").content.decode()

    for _ in range(2):  # a double click
        assert owner.post(url).status_code == 302
    assert (InvoiceState.objects.get(pk=first.pk).open_minor, owed(stage)) == (0, 0)
    outbox.drain()
    assert PaidTerm.objects.count() == 1  # voided is not paid
    letter = Message.objects.get(key="credit_note_issued")
    assert letter.params["invoice_number"] == first.number_text

    buy(owner, months=1, key="form-2")
    second = TermOrder.objects.exclude(invoice=first).get()
    assert second.months == 1
    assert owner.post(f"/my/renew/{second.invoice_id}/withdraw/").status_code == 302
    stranger = enter(
        Client(), make_member(account=make_account(portal="subscriber"), portal="subscriber", role="owner")
    )
    assert stranger.post(url).status_code == 404


def test_a_renewal_that_is_paid_is_not_taken_back(stage: Stage, owner: Client, double: Running, settings: Any) -> None:
    buy(owner, months=1)
    attempt = PaymentAttempt.objects.get()
    session = double.store.pay(attempt.session_id)
    owner.get(session["success_url"].removeprefix(settings.SITE_URL))

    for _ in range(2):  # paid, then the time is added too
        assert owner.post(f"/my/renew/{attempt.invoice_id}/withdraw/").status_code in (302, 404, 409)
        outbox.drain()
    assert PaidTerm.objects.count() == 2
    assert not CreditNote.objects.exists()


@pytest.mark.parametrize("typed", [{}, {"months": "2"}, {"months": "0"}, {"months": "twelve"}])
def test_what_is_not_on_offer_is_said_at_its_field(stage: Stage, owner: Client, typed: dict[str, str]) -> None:
    assert owner.post("/my/renew/", typed).context["form"].errors["months"]
    assert not Invoice.objects.exists()


def test_where_time_was_added_meanwhile_the_new_quote_is_shown(stage: Stage, owner: Client) -> None:
    seen = owner.post("/my/renew/", {"months": 1}).context["seen"]
    term = Term(version_id=stage.versions["pro"].id, months=1, face_minor=31000, source_kind="card", source_id="card 2")
    extend_term(account_id=stage.account.id, term=term, by=SYSTEM, at=FEB_5)

    answer = owner.post("/my/renew/", {"months": 1, "expected": seen.fingerprint, "form_key": "form-1"})

    assert "Something has changed in the meantime" in answer.content.decode()
    assert not Invoice.objects.exists()
