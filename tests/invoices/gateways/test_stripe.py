"""The product's Stripe, with the real library, against the double."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.request import Request as Call
from urllib.request import urlopen

import pytest

from invoices.errors import GatewayRefused, GatewayUnavailable, WebhookNotGenuine
from invoices.gateways import stripe as gateway
from invoices.rules.gateway import Request, Standing, from_stripe_minor, to_stripe_minor
from provider.kernel.ids import new_id
from provider.kernel.money import Money
from tests.stripe_double import Running


def request(amount: Money | None = None) -> Request:
    return Request(
        attempt_id=new_id(),
        amount=amount or Money(31800, "CNY"),
        subject="Invoice SH-2026-000001",
        email="owner@hengtai.example",
        language="zh-hant",
        done_url="http://localhost/done/?session={CHECKOUT_SESSION_ID}",
        back_url="http://localhost/back/",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


def press(page_url: str, do: str) -> str:
    with urlopen(Call(page_url, data=f"do={do}".encode(), method="POST"), timeout=5) as answer:
        return answer.read().decode()


def test_a_page_asks_for_the_amount_in_the_readers_language(double: Running):
    asked = request()

    page = gateway.open_page(asked)

    session = double.store.get(page.session_id)
    assert (session["amount_total"], session["currency"], session["locale"]) == (31800, "cny", "zh-TW")
    assert page.url.startswith(double.address)
    assert gateway.state_of(page.session_id).standing == Standing.OPEN


def test_asked_twice_the_same_page_comes_back(double: Running):
    asked = request()

    assert gateway.open_page(asked) == gateway.open_page(asked)
    with pytest.raises(GatewayRefused):
        gateway.open_page(replace(asked, amount=Money(1, "CNY")))


def test_an_answer_that_got_lost_is_asked_for_again_with_the_same_key(double: Running):
    double.trouble("lost")

    page = gateway.open_page(request())

    keys = {key for _, _, key in double.calls}
    assert page.url
    assert len(double.calls) == 2
    assert len(keys) == 1
    assert len([s for s in double.store.all_of("checkout.session") if s["id"] == page.session_id]) == 1


@pytest.mark.parametrize(("how", "times"), [("lost", 3), ("down", 3), ("busy", 1)])
def test_a_gateway_that_stays_away_is_unavailable_and_may_be_asked_again(double: Running, how: str, times: int):
    double.trouble(how, times=times)
    asked = request()

    with pytest.raises(GatewayUnavailable):
        gateway.open_page(asked)

    assert gateway.open_page(asked).url


def test_a_payment_is_known_with_what_was_taken(double: Running):
    page = gateway.open_page(request())
    double.store.pay(page.session_id)

    state = gateway.state_of(page.session_id)

    assert state.standing == Standing.PAID
    assert state.amount == Money(31800, "CNY")
    assert state.intent_id.startswith("pi_")


def test_a_declined_card_says_why_and_another_one_may_pay(double: Running):
    page = gateway.open_page(request())
    assert "Your card was declined" in press(page.url, "decline")
    assert gateway.state_of(page.session_id).failure_code == "generic_decline"

    double.store.pay(page.session_id)

    assert gateway.state_of(page.session_id).standing == Standing.PAID


def test_the_bank_may_ask_for_the_payer_first(double: Running):
    page = gateway.open_page(request())

    assert "Your bank asks" in press(page.url, "3ds")
    assert gateway.state_of(page.session_id).standing == Standing.OPEN
    press(page.url, "fail")
    assert gateway.state_of(page.session_id).standing == Standing.FAILED


def test_a_closed_page_takes_no_payment(double: Running):
    page = gateway.open_page(request())

    gateway.close_page(page.session_id)
    gateway.close_page(page.session_id)

    assert gateway.state_of(page.session_id).standing == Standing.EXPIRED


def test_money_goes_back_once_and_never_more_than_came(double: Running):
    page = gateway.open_page(request())
    double.store.pay(page.session_id)
    intent, refund_id = gateway.state_of(page.session_id).intent_id, new_id()

    first = gateway.refund(refund_id=refund_id, intent_id=intent, amount=Money(20000, "CNY"))
    second = gateway.refund(refund_id=refund_id, intent_id=intent, amount=Money(20000, "CNY"))

    assert first == second
    assert first.is_done
    with pytest.raises(GatewayRefused):
        gateway.refund(refund_id=new_id(), intent_id=intent, amount=Money(20000, "CNY"))


def test_a_webhook_names_our_attempt(double: Running):
    asked = request()
    page = gateway.open_page(asked)
    double.store.pay(page.session_id)

    notices = [gateway.read_notice(body=body, signature=headers["Stripe-Signature"])
               for body, headers in map(double.store.signed, double.store.undelivered)]  # fmt: skip

    assert [notice.kind for notice in notices] == ["payment_intent.succeeded", "checkout.session.completed"]
    assert {notice.attempt_id for notice in notices} == {asked.attempt_id}
    assert notices[1].session_id == page.session_id


def test_a_forged_an_old_and_an_unsigned_webhook_are_refused(double: Running):
    double.store.pay(gateway.open_page(request()).session_id)
    event = double.store.undelivered[0]
    forged = double.store.signed(event, secret="whsec_of_somebody")
    old = double.store.signed(event, at=int(datetime.now(UTC).timestamp()) - 3600)

    for body, signature in ((forged[0], forged[1]["Stripe-Signature"]), (old[0], old[1]["Stripe-Signature"]),
                            (forged[0], ""), (b"not json", "t=1,v1=00")):  # fmt: skip
        with pytest.raises(WebhookNotGenuine):
            gateway.read_notice(body=body, signature=signature)


def test_a_webhook_of_the_live_mode_is_refused_in_test_mode(double: Running):
    double.store.pay(gateway.open_page(request()).session_id)
    body, headers = double.store.signed(double.store.undelivered[0] | {"livemode": True})

    with pytest.raises(WebhookNotGenuine):
        gateway.read_notice(body=body, signature=headers["Stripe-Signature"])


@pytest.mark.parametrize(
    ("minor", "currency", "asked"), [(12345, "CNY", 12345), (500, "JPY", 500), (500, "UGX", 50000)]
)
def test_stripe_counts_some_currencies_in_its_own_way(minor: int, currency: str, asked: int):
    assert to_stripe_minor(Money(minor, currency)) == asked
    assert from_stripe_minor(minor=asked, currency=currency.lower()) == Money(minor, currency)


def test_a_part_of_a_unit_that_we_do_not_have_is_not_dropped():
    with pytest.raises(ValueError, match="not a whole amount"):
        from_stripe_minor(minor=150, currency="ugx")
