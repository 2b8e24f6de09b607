"""Programs read what the bank refused, and have the card on file tried again: once, however often they ask."""

from __future__ import annotations

import pytest

from invoices.models import Invoice, PaymentAttempt
from provider.accounts.models import Account
from provider.kernel.models import AuditRow
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.kept_cards import automatic, bank_says, charges, refused_invoice
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(provider: Account) -> Account:
    return make_account(name="Hengtai", email="li@hengtai.example")


@pytest.fixture
def refused(account: Account, double: Running) -> Invoice:
    return refused_invoice(account, double)


@pytest.fixture
def payer(account: Account) -> Caller:
    return caller_for(account, scopes=["payments:try", "invoices:read"])


def test_what_the_bank_refused_is_read_and_tried_again_once_for_one_key(
    payer: Caller, refused: Invoice, double: Running
):
    stands = payer.get(f"/invoices/{refused.id}/automatic-payment").json()
    assert (stands["status"], stands["refused_count"], stands["failure_code"]) == ("waiting", 1, "insufficient_funds")
    bank_says(double, "")

    answers = [payer.post(f"/invoices/{refused.id}/card-tries", {}, key="again-1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["status"], answers[0].json()["amount"]) == ("succeeded", "318.00")
    assert charges(double) == 2  # the planned one, and this


def test_a_refusal_of_the_bank_is_an_answer_and_the_next_try_is_an_hour_away(payer: Caller, refused: Invoice):
    answer = payer.post(f"/invoices/{refused.id}/card-tries", {})

    assert (answer.status_code, answer.json()["status"]) == (201, "failed")
    assert answer.json()["failure_code"] == "insufficient_funds"
    problem = assert_problem(payer.post(f"/invoices/{refused.id}/card-tries", {}), status=409, code="tried_lately")
    assert 0 < problem["minutes"] <= 60


def test_while_the_answer_is_still_to_come_it_says_so(payer: Caller, refused: Invoice, double: Running):
    double.trouble("lost", times=3)

    answer = payer.post(f"/invoices/{refused.id}/card-tries", {})

    assert (answer.status_code, answer.json()["status"]) == (202, "under_way")
    assert payer.get(f"/invoices/{refused.id}/automatic-payment").json()["is_under_way"] is True
    assert_problem(payer.post(f"/invoices/{refused.id}/card-tries", {}), status=409, code="payment_under_way")


def test_the_providers_program_tries_it_for_a_customer_and_the_reason_is_kept(machine: Caller, refused: Invoice):
    assert machine.post(f"/invoices/{refused.id}/card-tries", {"reason": "They called"}).status_code == 201

    assert AuditRow.objects.get(verb="payment.tried_by_hand").reason == "They called"


def test_what_was_not_refused_is_not_tried(payer: Caller, account: Account, double: Running):
    waiting = automatic(account, double)

    assert_problem(payer.post(f"/invoices/{waiting.id}/card-tries", {}), status=409, code="nothing_refused")
    assert not PaymentAttempt.objects.exists()


def test_a_key_without_the_scope_and_a_stranger_have_nothing_tried(account: Account, refused: Invoice):
    reader = caller_for(account, scopes=["invoices:read"])
    stranger = caller_for(make_account(name="Rival"), scopes=["payments:try"])

    assert reader.post(f"/invoices/{refused.id}/card-tries", {}).status_code == 403
    assert_problem(stranger.post(f"/invoices/{refused.id}/card-tries", {}), status=404, code="not_found")
