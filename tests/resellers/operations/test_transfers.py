"""Cards travel in two steps, and what is missing on arrival is nobody's to sell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from prepaid_cards.models import Card, CardBatch
from prepaid_cards.operations.ranges import release_range
from prepaid_cards.operations.shipments import ship
from prepaid_cards.rules.serials import shown
from provider.accounts.models import Account
from provider.kernel import ledger, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import NotFound, Refusal
from resellers.models import StockTransfer
from resellers.operations.transfers import call_stock_back, receive_stock, ship_stock
from resellers.queries.counter import read_counter
from tests.factories import AT, make_account
from tests.resellers.factories import make_agreement, make_batch, make_reseller

pytestmark = pytest.mark.django_db


@pytest.fixture
def reseller() -> Account:
    make_account(portal="provider")
    reseller = make_reseller()
    make_agreement(reseller=reseller)
    return reseller


@pytest.fixture
def batch() -> CardBatch:
    return make_batch(count=20)


def refused(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value


def shipped(reseller: Account, batch: CardBatch, **facts: Any) -> StockTransfer:
    given = {"first": 1, "last": 10} | facts
    return ship_stock(reseller_id=reseller.id, batch_id=batch.id, by=SYSTEM, at=AT, **given)


def received(transfer: StockTransfer, *missing: str) -> StockTransfer:
    return receive_stock(
        reseller_id=transfer.reseller_id, transfer_id=transfer.id, missing=missing, by=SYSTEM, at=AT
    )  # fmt: skip


def states(batch: CardBatch) -> list[str]:
    return list(Card.objects.filter(batch=batch).order_by("counter").values_list("status", flat=True))


def serial(batch: CardBatch, counter: int) -> str:
    return shown(Card.objects.get(batch=batch, counter=counter).serial)


def test_a_range_is_sent_and_received(reseller: Account, batch: CardBatch) -> None:
    transfer = shipped(reseller, batch)
    assert (transfer.count, transfer.face_minor, transfer.missing_count) == (10, 10 * 598_00, None)
    assert states(batch) == ["shipped"] * 10 + ["generated"] * 10

    assert received(transfer).missing_count == 0
    assert states(batch) == ["received"] * 10 + ["generated"] * 10


def test_stock_is_no_debt(reseller: Account, batch: CardBatch) -> None:
    received(shipped(reseller, batch))
    assert ledger.balances(account_id=reseller.id) == {}


def test_missing_cards_cannot_be_sold_until_they_are_found(reseller: Account, batch: CardBatch) -> None:
    transfer = received(shipped(reseller, batch), serial(batch, 3), serial(batch, 7).replace("-", " "))

    assert transfer.missing_count == 2
    assert [lost.serial for lost in transfer.missing.order_by("id")] == [
        Card.objects.get(batch=batch, counter=counter).serial for counter in (3, 7)
    ]
    counter = read_counter(serials=[serial(batch, 3), serial(batch, 4)], reseller_id=reseller.id)
    assert [refusal.code for refusal in counter.refusals] == ["card_being_checked"]
    assert [offer.shown for offer in counter.offers] == [serial(batch, 4)]

    release_range(batch_id=batch.id, first=3, last=3, reason="Found in the van", by=SYSTEM, at=AT)
    assert len(read_counter(serials=[serial(batch, 3)], reseller_id=reseller.id).offers) == 1


def test_only_what_is_in_this_shipment_can_be_missing(reseller: Account, batch: CardBatch) -> None:
    transfer = shipped(reseller, batch)
    assert refused(lambda: received(transfer, serial(batch, 11))).code == "missing_card_not_in_shipment"
    assert refused(lambda: received(transfer, "12345")).code == "card_serial_mistyped"
    assert states(batch)[:10] == ["shipped"] * 10


def test_receiving_twice_is_receiving_once(reseller: Account, batch: CardBatch) -> None:
    transfer = received(shipped(reseller, batch))
    assert received(transfer).id == transfer.id
    assert refused(lambda: received(transfer, serial(batch, 1))).code == "shipment_over"


def test_a_shipment_needs_terms_in_its_currency(batch: CardBatch) -> None:
    make_account(portal="provider")
    bare = make_reseller(name="No terms")
    assert refused(lambda: shipped(bare, batch)).code == "agreement_missing"
    make_agreement(reseller=bare, currency="HKD")
    assert refused(lambda: shipped(bare, batch)).code == "agreement_missing"


def test_a_range_lies_inside_its_batch(reseller: Account, batch: CardBatch) -> None:
    assert refused(lambda: shipped(reseller, batch, last=21)).code == "card_range_invalid"
    assert refused(lambda: shipped(reseller, batch, first=9, last=3)).code == "card_range_invalid"
    shipped(reseller, batch)
    assert refused(lambda: shipped(reseller, batch)).code == "card_range_nothing_to_do"


def test_a_shipment_is_called_back_until_it_is_received(reseller: Account, batch: CardBatch) -> None:
    transfer = shipped(reseller, batch)
    call_stock_back(transfer_id=transfer.id, reason="Wrong box", by=SYSTEM, at=AT)
    assert states(batch) == ["generated"] * 20
    assert refused(lambda: received(transfer)).code == "shipment_over"

    second = received(shipped(reseller, batch))
    assert refused(lambda: call_stock_back(transfer_id=second.id, reason="", by=SYSTEM, at=AT)).code == "shipment_over"


def test_anothers_shipment_is_not_there(reseller: Account, batch: CardBatch) -> None:
    transfer = shipped(reseller, batch)
    rival = make_reseller(name="Rival")
    with pytest.raises(NotFound):
        receive_stock(reseller_id=rival.id, transfer_id=transfer.id, by=SYSTEM, at=AT)


def test_cards_shipped_from_their_batch_are_a_delivery_too(reseller: Account, batch: CardBatch) -> None:
    bare = make_reseller(name="No terms yet")
    for account, first in ((reseller, 1), (bare, 11)):
        ship(batch_id=batch.id, first=first, last=first + 9, to_account_id=account.id, by=SYSTEM, at=AT)
    outbox.drain()
    outbox.drain()

    ours, theirs = (StockTransfer.objects.get(reseller=account) for account in (reseller, bare))
    assert (ours.count, ours.face_minor) == (10, 10 * 598_00)
    assert ours.agreement is not None
    assert theirs.agreement is None
    assert received(theirs).missing_count == 0


def test_a_delivery_is_written_once(reseller: Account, batch: CardBatch) -> None:
    shipped(reseller, batch)
    outbox.drain()
    assert StockTransfer.objects.count() == 1
