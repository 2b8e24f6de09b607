"""Programs read which bank card is on file, of whom they may."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from invoices.flows.bank_cards import keep_card
from invoices.models import BankCard
from invoices.queries.bank_cards import bank_card_of
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from provider.kernel.ids import new_id
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.factories import AT
from tests.invoices.kept_cards import save_card
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(provider: Account) -> Account:
    return make_account(name="Hengtai")


@pytest.fixture
def card(account: Account) -> BankCard:
    return BankCard.objects.create(
        account=account, gateway="stripe", customer_ref="cus_1", method_ref="pm_1", brand="visa", last4="4242",
        expires_month=12, expires_year=2034, saved_at=AT,
    )  # fmt: skip


def test_the_card_on_file_is_read_without_what_names_it_at_the_gateway(machine: Caller, card: BankCard):
    body = machine.get(f"/accounts/{card.account_id}/bank-card").json()

    assert (body["brand"], body["last4"], body["expires_month"], body["expires_year"]) == ("visa", "4242", 12, 2034)
    assert not {"customer_ref", "method_ref"} & set(body)


def test_a_removed_card_is_not_on_file(machine: Caller, card: BankCard):
    BankCard.objects.update(removed_at=AT)

    assert_problem(machine.get(f"/accounts/{card.account_id}/bank-card"), status=404, code="not_found")


def test_a_stranger_learns_nothing_of_it(card: BankCard):
    stranger = caller_for(make_account(name="Rival"), portal="subscriber")

    assert_problem(stranger.get(f"/accounts/{card.account_id}/bank-card"), status=404, code="not_found")


@pytest.fixture
def payer(account: Account) -> Caller:
    return caller_for(account, scopes=["bank_cards:write"])


def test_a_program_opens_the_page_on_which_a_person_saves_a_card(payer: Caller, account: Account, double: Running):
    first, again = (payer.post(f"/accounts/{account.id}/bank-card/page", {}, key="page-1") for _ in range(2))

    assert first.status_code == 201
    assert first.json() == again.json()
    assert datetime.fromisoformat(first.json()["expires_at"]) > datetime.now(UTC)
    page = first.json()["url"].rsplit("/", 1)[1]
    double.store.keep_card(page)
    assert keep_card(page=page, account_id=account.id, by=SYSTEM, real_at=AT).last4 == "4242"


def test_a_program_removes_the_card_that_it_has_read_and_no_other(payer: Caller, account: Account, double: Running):
    card = save_card(account, double)
    path = f"/accounts/{account.id}/bank-card/remove"

    assert_problem(payer.post(path, {"bank_card_id": str(new_id())}), status=404, code="not_found")
    assert payer.post(path, {"bank_card_id": str(card.id)}, key="off").json()["last4"] == "4242"
    assert payer.post(path, {"bank_card_id": str(card.id)}, key="off").status_code == 200  # asked again: the same

    assert bank_card_of(account.id) is None
    assert double.store.get(card.method_ref)["customer"] is None  # the gateway forgets it too
    assert_problem(payer.post(path, {"bank_card_id": str(card.id)}), status=404, code="not_found")


def test_a_card_is_not_called_removed_while_the_gateway_does_not_answer(
    payer: Caller, account: Account, double: Running
):
    card = save_card(account, double)
    double.trouble("down", times=3)

    answer = payer.post(f"/accounts/{account.id}/bank-card/remove", {"bank_card_id": str(card.id)})

    assert_problem(answer, status=503, code="gateway_unavailable")
    assert bank_card_of(account.id) == card


def test_neither_strangers_nor_the_provider_open_or_remove_it(machine: Caller, account: Account, card: BankCard):
    stranger = caller_for(make_account(name="Rival"), scopes=["bank_cards:write"])

    for verb, body in (("page", {}), ("remove", {"bank_card_id": str(card.id)})):
        path = f"/accounts/{account.id}/bank-card/{verb}"
        assert_problem(stranger.post(path, body), status=404, code="not_found")
        assert machine.post(path, body).status_code == 403


def test_without_a_gateway_no_page_is_opened(payer: Caller, account: Account):
    answer = payer.post(f"/accounts/{account.id}/bank-card/page", {})

    assert_problem(answer, status=409, code="no_gateway")
