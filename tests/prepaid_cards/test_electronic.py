"""Electronic cards: made when somebody asks, shown or sent once, good at once, and kept nowhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from prepaid_cards import errors
from prepaid_cards.models import BatchKind, Card, CardBatch
from prepaid_cards.operations.cards import reverse_activation
from prepaid_cards.operations.electronic import issue_card
from prepaid_cards.operations.redemption import open_card
from prepaid_cards.queries.cards import provider_account
from prepaid_cards.rules.codes import read_code
from provider.accounts.models import Account
from provider.kernel import clock, laws
from provider.kernel.actor import SYSTEM
from provider.kernel.models import IdempotencyKey
from provider.messages.flows.delivery import deliver
from provider.messages.models import Message
from resellers.models import Sale
from tests.api.conftest import _fresh_limits, assert_problem, caller_for
from tests.factories import AT, make_account, make_member
from tests.messages.conftest import mailbox
from tests.prepaid_cards.factories import make_batch, make_product
from tests.resellers.factories import make_agreement, make_reseller, make_store
from tests.sessions import signed_in

__all__ = ["_fresh_limits", "mailbox"]
pytestmark = pytest.mark.django_db(transaction=True)
CODE = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}")


@pytest.fixture
def batch(db: None) -> CardBatch:
    """Two cards may come into being."""
    make_account(name="Perennial", portal="provider")
    batch = make_batch(product=make_product(), count=2, kind=BatchKind.ELECTRONIC)
    Card.objects.all().delete()
    CardBatch.objects.filter(id=batch.id).update(made_count=0)
    return batch


def issue(batch: CardBatch, key: str = "a", **facts: Any) -> Any:
    return issue_card(**{"product_id": batch.product_id, "request_key": key, "by": SYSTEM, "at": AT} | facts)


def test_a_card_is_made_sold_and_good_at_once(batch: CardBatch) -> None:
    issued = issue(batch)

    assert (issued.card.status, issued.card.counter) == ("active", 1)
    assert open_card(code_typed=issued.code_shown, account_id=None, by=SYSTEM, at=AT) == issued.card
    assert all(laws.check(law).holds for law in laws.known(["cards_are_counted", "card_liability_is_the_sold_cards"]))


def test_a_key_is_used_once_because_a_secret_is_shown_once(batch: CardBatch) -> None:
    issue(batch)

    with pytest.raises(errors.CardIssuedBefore):
        issue(batch)
    assert Card.objects.count() == 1


def test_no_more_come_into_being_than_were_ordered(batch: CardBatch) -> None:
    issue(batch)
    issue(batch, "b")

    with pytest.raises(errors.NoElectronicCards):
        issue(batch, "c")
    assert Card.objects.count() == 2


def test_sent_by_mail_the_code_is_in_the_mail_and_nowhere_else(batch: CardBatch, mailbox: Any) -> None:
    issued = issue(batch, to_email="buyer@shop.example", language="zh-hant", at=clock.now())

    message = Message.objects.get(key="electronic_card")
    deliver(delivery_id=message.deliveries.get().id, at=clock.now())
    (mail,) = mailbox(address="buyer@shop.example")
    assert "您的儲值卡" in mail.subject
    assert issued.code_shown in mail.text
    message.refresh_from_db()
    assert message.secret is None
    assert issued.code not in str(message.params)


def test_a_sale_that_is_taken_back_ends_the_card_for_good(batch: CardBatch) -> None:
    """Its secret is known to whoever bought it: it cannot lie on a shelf again."""
    issued = issue(batch)

    reverse_activation(seller_id=provider_account().id, serials=[issued.card.serial], by=SYSTEM, at=AT)

    issued.card.refresh_from_db()
    assert issued.card.status == "void"


def test_an_operator_issues_one_and_sees_its_code_once(batch: CardBatch) -> None:
    provider = Account.objects.get(name="Perennial")
    client = signed_in(make_member(account=provider, portal="provider", role="operator").user)
    path = f"/operator/cards/batches/{batch.id}/issue/"
    wish = {"reference": "Order 7", "email": "", "language": "en", "form_key": "k-1"}

    answer = client.post(path, wish)

    found = CODE.search(answer.content.decode())
    assert found
    assert "no-store" in answer.headers["Cache-Control"]
    assert open_card(code_typed=read_code(found[0]), account_id=None, by=SYSTEM, at=AT)
    again = client.post(path, wish).content.decode()
    assert "shown then" in again
    assert not CODE.search(again)
    mailed = client.post(path, wish | {"email": "li@shop.example", "form_key": "k-2"}).content.decode()
    assert "li@shop.example" in mailed
    assert not CODE.search(mailed)


def test_a_program_generates_one_on_demand_and_may_ask_again_with_the_same_key(batch: CardBatch) -> None:
    provider = Account.objects.get(name="Perennial")
    shop = caller_for(provider, portal="provider", scopes=["cards:issue"])
    wish = {"product_id": str(batch.product_id), "request_key": "order-7", "reference": "7"}

    first, second = (shop.post("/cards/generate", wish, key="once") for _ in range(2))

    assert first.status_code == 200, first.content
    assert first.json() == second.json()
    assert first.json()["link"].endswith(f"#{first.json()['code'].replace('-', '')}")
    kept = IdempotencyKey.objects.get(key="once")
    assert kept.is_sealed
    assert first.json()["code"].encode() not in bytes(kept.answer_body or b"")
    assert Card.objects.count() == 1
    assert_problem(shop.post("/cards/generate", wish), status=409, code="card_issued_before")
    tester = caller_for(provider, portal="provider", scopes=["cards:issue"], is_test=True)
    refused = tester.post("/cards/generate", wish | {"request_key": "order-8"})
    assert_problem(refused, status=404, code="not_found")
    assert Card.objects.count() == 1


def test_a_resellers_web_shop_sells_one_on_its_terms(batch: CardBatch) -> None:
    reseller = make_reseller()
    make_agreement(reseller=reseller)
    make_store(reseller=reseller)
    shop = caller_for(reseller, portal="reseller", scopes=["sales:write"])
    wish = {"product_id": str(batch.product_id), "request_key": "web-1", "email": "buyer@shop.example"}

    answer = shop.post("/cards/sell-electronic", wish)

    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["code"], body["sale"]["face_minor"]) == (None, 10000)
    assert Sale.objects.get().discount_minor == 2000
    assert Message.objects.filter(key="electronic_card").count() == 1
    assert_problem(shop.post("/cards/sell-electronic", wish), status=409, code="card_issued_before")
    assert Card.objects.count() == 1
