"""Programs read which bank card is on file, of whom they may."""

from __future__ import annotations

import pytest

from invoices.models import BankCard
from provider.accounts.models import Account
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.factories import AT

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
