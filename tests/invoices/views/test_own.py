"""The subscriber reads what is due and why, pays it once, and gets a receipt."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.models import Invoice, InvoiceState, Payment, PaymentAttempt
from provider.accounts.models import Account
from tests.console.conftest import enter
from tests.factories import make_account, make_member, make_user
from tests.invoices.factories import make_invoice
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db


def test_the_list_shows_own_invoices_and_what_is_open(owner: Client, invoice: Invoice):
    stranger = make_invoice(account=make_account(name="Stranger"))

    body = owner.get("/my/invoices/").content.decode()

    assert invoice.number_text in body
    assert "CNY 318.00" in body
    assert stranger.number_text not in body


def test_every_line_says_why(owner: Client, invoice: Invoice):
    body = owner.get(f"/my/invoices/{invoice.id}/").content.decode()

    assert "Training on site" in body
    assert "2 at 150.00" in body
    assert "Why?" in body
    assert "Nothing had to be rounded" in body
    assert "Please name this reference" in body


def test_it_speaks_the_readers_language(account: Account, invoice: Invoice):
    reader = make_member(account=account, portal="subscriber", role="manager", user=make_user(language="zh-hans"))

    body = enter(Client(), reader).get(f"/my/invoices/{invoice.id}/").content.decode()

    assert "为什么？" in body
    assert "2 × 单价 150.00" in body
    assert "尚未付" in body


def test_without_a_gateway_the_bank_is_the_way(owner: Client, invoice: Invoice):
    body = owner.get(f"/my/invoices/{invoice.id}/").content.decode()

    assert "Pay online" not in body
    assert "招商银行上海分行" in body
    assert owner.post(f"/my/invoices/{invoice.id}/pay/").status_code == 409


def test_paying_leads_to_the_gateway_and_back_to_a_paid_invoice(
    owner: Client, invoice: Invoice, double: Running, settings
):
    answer = owner.post(f"/my/invoices/{invoice.id}/pay/")
    attempt = PaymentAttempt.objects.get()
    assert answer["Location"] == attempt.page_url
    session = double.store.pay(attempt.session_id)
    back = session["success_url"].removeprefix(settings.SITE_URL)

    for _ in range(2):  # a payment page that is returned to twice
        assert owner.get(back)["Location"] == f"/my/invoices/{invoice.id}/"

    body = owner.get(f"/my/invoices/{invoice.id}/").content.decode()
    assert "Nothing is left to pay." in body
    assert Payment.objects.count() == 1
    assert f"/invoices/receipts/{Payment.objects.get().id}.pdf" in body


def test_a_declined_card_is_said_and_nothing_is_paid(owner: Client, invoice: Invoice, double: Running):
    owner.post(f"/my/invoices/{invoice.id}/pay/")
    attempt = PaymentAttempt.objects.get()
    double.store.decline(attempt.session_id)

    owner.get(f"/my/payments/{attempt.id}/back/")

    assert "The last payment was declined" in owner.get(f"/my/invoices/{invoice.id}/").content.decode()
    assert InvoiceState.objects.get(pk=invoice.pk).open_minor == 31800


def test_a_gateway_that_is_away_keeps_the_payer_informed(owner: Client, invoice: Invoice, double: Running):
    owner.post(f"/my/invoices/{invoice.id}/pay/")
    attempt = PaymentAttempt.objects.get()
    double.trouble("down", times=3)

    answer = owner.get(f"/my/payments/{attempt.id}/back/", follow=True)

    assert "The payment is on its way" in answer.content.decode()


def test_somebody_elses_invoice_and_document_are_not_there(owner: Client, account: Account):
    other = make_invoice(account=make_account(name="Stranger"))

    assert owner.get(f"/my/invoices/{other.id}/").status_code == 404
    assert owner.post(f"/my/invoices/{other.id}/pay/").status_code == 404
    assert owner.get(f"/invoices/{other.id}.pdf").status_code == 404


# --- Webhook ---


def test_a_webhook_pays_and_a_forged_one_is_refused_with_its_code(
    client: Client, owner: Client, invoice: Invoice, double: Running
):
    owner.post(f"/my/invoices/{invoice.id}/pay/")
    double.store.pay(PaymentAttempt.objects.get().session_id)
    event = double.store.undelivered[0]

    def post(body: bytes, headers: dict[str, str]) -> int:
        signature = headers["Stripe-Signature"]
        return client.post(
            "/payments/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
        ).status_code

    forged = double.store.signed(event, secret="whsec_of_somebody")
    assert post(*forged) == 400
    assert not Payment.objects.exists()

    assert set(double.store.deliver(post)) == {200}

    assert Payment.objects.get().amount_minor == 31800


def test_a_refused_webhook_names_its_code(client: Client, double: Running):
    answer = client.post("/payments/stripe/", b"{}", content_type="application/json")

    assert (answer.status_code, answer.json()) == (400, {"code": "webhook_not_genuine"})


def test_while_stripe_is_away_the_webhook_asks_to_be_told_again(
    client: Client, owner: Client, invoice: Invoice, double: Running
):
    owner.post(f"/my/invoices/{invoice.id}/pay/")
    double.store.pay(PaymentAttempt.objects.get().session_id)
    body, headers = double.store.signed(double.store.undelivered[0])
    double.trouble("down", times=3)

    answer = client.post("/payments/stripe/", body, content_type="application/json", headers=headers)

    assert answer.status_code == 503
    assert not Payment.objects.exists()
