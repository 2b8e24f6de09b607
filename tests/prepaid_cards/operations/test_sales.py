"""From the store to the shelf, over the counter, and back again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from prepaid_cards.errors import (
    ActivationKeyReused,
    BadRange,
    BatchStateForbids,
    CardNotForSale,
    EndNotLater,
    NothingToDo,
    NotSold,
    ReasonMissing,
    SerialMistyped,
    SerialTwice,
    SerialUnknown,
    TooLateToReverse,
    UnknownReseller,
)
from prepaid_cards.models import Card, CardBatch, CardStatus
from prepaid_cards.operations.batches import lock_all_of_batch
from prepaid_cards.operations.cards import activate, reverse_activation
from prepaid_cards.operations.products import create_product, offer_product
from prepaid_cards.operations.ranges import extend_range, freeze_range, reassign_range, release_range, void_range
from prepaid_cards.operations.shipments import call_back, receive, ship
from prepaid_cards.queries.cards import access_card_by_serial, card_history, shipments_to, stock_of
from prepaid_cards.queries.postings import entries_of_card
from prepaid_cards.rules.serials import shown
from provider.kernel import laws, ledger
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import NotFound, StaleState
from provider.kernel.models import LedgerEntry
from tests.factories import AT
from tests.prepaid_cards.conftest import House, opened_batch, wish
from tests.racing import race

LATER = AT + timedelta(minutes=5)


def stocked(house: House, **facts: object) -> CardBatch:
    """A batch that stands on the reseller's shelf."""
    batch = opened_batch(house, **facts)
    shipment = ship(
        batch_id=batch.id, first=1, last=batch.total_count, to_account_id=house.reseller.id, by=house.ann, at=AT
    )  # fmt: skip
    receive(shipment_id=shipment.id, account_id=house.reseller.id, by=house.clerk, at=AT)
    return batch


def on_shelf(batch: CardBatch) -> list[str]:
    rows = Card.objects.filter(batch=batch, status=CardStatus.RECEIVED).order_by("counter")
    return list(rows.values_list("serial", flat=True))


def sell(house: House, serials: list[str], *, key: str = "till-1", **facts: object) -> object:
    return activate(
        seller_id=house.reseller.id, serials=serials, receipt="R-1", request_key=key, by=house.clerk, at=LATER, **facts
    )  # fmt: skip


def owed(house: House) -> tuple[int, int]:
    """What the reseller owes, and what is owed for sold cards."""
    receivable = ledger.balance(of=LedgerAccount.RECEIVABLE, currency="CNY", account_id=house.reseller.id)
    return receivable.minor, -ledger.balance(of=LedgerAccount.CARD_LIABILITY, currency="CNY").minor


def laws_hold() -> bool:
    names = [
        "cards_are_counted", "card_liability_is_the_sold_cards", "cards_redeemed_have_their_redemption",
        "card_sales_are_whole", "card_secrets_end_with_the_printer", "ledger_balances",
    ]  # fmt: skip
    return all(laws.check(law).holds for law in laws.known(names))


def test_a_shipment_is_sent_and_received_and_canaries_stay_at_home(house: House) -> None:
    batch = opened_batch(house)

    shipment = ship(
        batch_id=batch.id, first=1, last=23, to_account_id=house.reseller.id, by=house.ann, at=AT
    )  # fmt: skip

    assert shipment.count == 20
    assert [one.id for one in shipments_to(house.reseller.id)] == [shipment.id]
    receive(shipment_id=shipment.id, account_id=house.reseller.id, by=house.clerk, at=AT)
    (stock,) = stock_of(house.reseller.id)
    assert (stock.received, stock.shipped, stock.sold) == (20, 0, 0)
    assert owed(house) == (0, 0)


def test_another_resellers_shipment_is_not_there(house: House) -> None:
    batch = opened_batch(house)
    shipment = ship(batch_id=batch.id, first=1, last=9, to_account_id=house.reseller.id, by=house.ann, at=AT)

    with pytest.raises(NotFound):
        receive(shipment_id=shipment.id, account_id=house.rival.id, by=house.clerk, at=AT)


def test_a_shipment_is_called_back_until_it_is_received(house: House) -> None:
    batch = opened_batch(house)
    shipment = ship(batch_id=batch.id, first=1, last=9, to_account_id=house.reseller.id, by=house.ann, at=AT)

    call_back(shipment_id=shipment.id, reason="Wrong carton", by=house.ann, at=AT)

    assert stock_of(house.reseller.id) == []


@pytest.mark.parametrize(("first", "last"), [(0, 5), (5, 4), (1, 24)])
def test_a_range_outside_of_the_batch_is_refused(house: House, first: int, last: int) -> None:
    batch = opened_batch(house)

    with pytest.raises(BadRange):
        ship(batch_id=batch.id, first=first, last=last, to_account_id=house.reseller.id, by=house.ann, at=AT)


def test_cards_go_to_resellers_only_and_once(house: House) -> None:
    batch = opened_batch(house)
    with pytest.raises(UnknownReseller):
        ship(batch_id=batch.id, first=1, last=23, to_account_id=house.provider.id, by=house.ann, at=AT)
    ship(batch_id=batch.id, first=1, last=23, to_account_id=house.reseller.id, by=house.ann, at=AT)

    with pytest.raises(NothingToDo):
        ship(batch_id=batch.id, first=1, last=23, to_account_id=house.rival.id, by=house.ann, at=AT)


def test_a_sale_makes_the_seller_owe_the_face_and_us_owe_the_holder(house: House) -> None:
    serials = on_shelf(stocked(house))

    sale = sell(house, [shown(serials[0]), serials[1]])

    assert sale.face_minor == 196000
    assert owed(house) == (196000, 196000)
    assert access_card_by_serial(serial=serials[0], seller_id=house.reseller.id).status == CardStatus.ACTIVE
    assert laws_hold()


def test_a_card_taxed_when_sold_owes_the_state_at_once(house: House) -> None:
    taxed = create_product(wish=wish(house.plan, tax_class="single_purpose", tax_rate=6), by=house.ann, at=AT)
    batch = stocked(house, product=offer_product(product_id=taxed.id, by=house.ann, at=AT))

    sell(house, on_shelf(batch)[:1])

    assert owed(house) == (98000, 98000 - 5547)
    assert ledger.balance(of=LedgerAccount.TAX_PAYABLE, currency="CNY").minor == -5547
    [told] = entries_of_card(Card.objects.select_related("batch").get(batch=batch, status="active"))
    assert (told.amount.minor, told.tax.minor) == (98000 - 5547, 5547)  # as the books hold it
    assert laws_hold()


def test_the_same_request_again_sells_nothing_twice(house: House) -> None:
    serials = on_shelf(stocked(house))
    first = sell(house, serials[:2])

    again = sell(house, serials[:2])

    assert again == first
    assert owed(house) == (196000, 196000)


def test_a_request_key_for_another_serial_conflicts_and_leaves_it_alone(house: House) -> None:
    serials = on_shelf(stocked(house))
    sell(house, serials[:1])

    with pytest.raises(ActivationKeyReused):
        sell(house, serials[1:2])

    assert access_card_by_serial(serial=serials[1]).status == CardStatus.RECEIVED


def test_a_sale_is_whole_or_nothing(house: House) -> None:
    serials = on_shelf(stocked(house))
    sell(house, serials[:1])

    with pytest.raises(CardNotForSale):
        sell(house, serials[:2], key="till-2")

    assert access_card_by_serial(serial=serials[1]).status == CardStatus.RECEIVED


def test_what_cannot_be_sold_says_why(house: House) -> None:
    batch = stocked(house)
    serials = on_shelf(batch)
    for bad, refusal in (
        (["26000100000019"], SerialMistyped),
        ([serials[0], shown(serials[0])], SerialTwice),
        ([], SerialMistyped),
        (["99000100000014"], SerialMistyped),
    ):
        with pytest.raises(refusal):
            sell(house, bad)
    with pytest.raises(SerialUnknown):
        activate(
            seller_id=house.rival.id, serials=serials[:1], receipt="", request_key="x", by=house.clerk, at=LATER
        )  # fmt: skip
    lock_all_of_batch(batch_id=batch.id, reason="A carton is missing", by=house.ann, at=AT)
    with pytest.raises(BatchStateForbids):
        sell(house, serials[:1])


def test_a_sale_is_taken_back_within_a_day(house: House) -> None:
    serials = on_shelf(stocked(house))
    sell(house, serials[:2])

    reverse_activation(
        seller_id=house.reseller.id, serials=serials[:1], by=house.clerk, at=LATER + timedelta(hours=23)
    )  # fmt: skip

    assert owed(house) == (98000, 98000)
    assert access_card_by_serial(serial=serials[0]).status == CardStatus.RECEIVED
    assert laws_hold()
    with pytest.raises(NotSold):
        reverse_activation(seller_id=house.reseller.id, serials=serials[:1], by=house.clerk, at=LATER)
    with pytest.raises(TooLateToReverse):
        reverse_activation(
            seller_id=house.reseller.id, serials=serials[1:2], by=house.clerk, at=LATER + timedelta(hours=24)
        )  # fmt: skip
    with pytest.raises(SerialUnknown):
        reverse_activation(seller_id=house.rival.id, serials=serials[1:2], by=house.clerk, at=LATER)


def test_freezing_a_range_leaves_what_it_cannot_touch_and_release_puts_all_back(house: House) -> None:
    batch = stocked(house)
    serials = on_shelf(batch)
    sell(house, serials[:3])
    before = dict(Card.objects.filter(batch=batch).values_list("serial", "status"))

    frozen = freeze_range(batch_id=batch.id, first=1, last=23, reason="Carton 7 is missing", by=house.ann, at=AT)

    assert frozen == 20
    assert owed(house) == (294000, 294000)
    assert laws_hold()
    with pytest.raises(CardNotForSale):
        sell(house, serials[3:4], key="till-2")
    assert release_range(batch_id=batch.id, first=1, last=23, reason="Found", by=house.ann, at=AT) == 20
    assert dict(Card.objects.filter(batch=batch).values_list("serial", "status")) == before


def test_voiding_a_range_spares_sold_cards(house: House) -> None:
    batch = stocked(house)
    sell(house, on_shelf(batch)[:3])

    assert void_range(batch_id=batch.id, first=1, last=23, reason="Misprint", by=house.ann, at=AT) == 17
    with pytest.raises(NothingToDo):
        void_range(batch_id=batch.id, first=1, last=23, reason="Misprint", by=house.ann, at=AT)
    with pytest.raises(ReasonMissing):
        void_range(batch_id=batch.id, first=1, last=23, reason=" ", by=house.ann, at=AT)


def test_the_history_of_one_serial_is_told_without_a_row_per_card_for_mass_acts(house: House) -> None:
    batch = stocked(house)
    Card.objects.filter(batch=batch).update(redeem_before=AT + timedelta(days=30))
    first, second = on_shelf(batch)[:2]
    sell(house, [first])
    freeze_range(batch_id=batch.id, first=1, last=23, reason="Checked", by=house.ann, at=LATER)
    extend_range(
        batch_id=batch.id, first=1, last=23, redeem_before=AT + timedelta(days=99), reason="Late", by=house.ann,
        at=LATER,
    )  # fmt: skip

    def told(serial: str) -> list[str]:
        """Without its making, which the job does in real time."""
        lines = card_history(access_card_by_serial(serial=serial))
        assert {line.verb for line in lines} >= {"generated"}
        return [str(line.verb) for line in lines if line.verb != "generated"]

    assert told(first) == ["shipped", "received", "activated", "frozen", "extended"]
    assert told(second) == ["shipped", "received", "frozen", "extended"]


def test_cards_are_extended_only_to_a_later_day_than_today_and_than_their_own_and_never_given_an_end(
    house: House,
) -> None:
    batch = stocked(house)
    endless, ends_soon, ends_late = on_shelf(batch)[:3]
    Card.objects.filter(serial=ends_soon).update(redeem_before=AT + timedelta(days=9))
    Card.objects.filter(serial=ends_late).update(redeem_before=AT + timedelta(days=400))
    extended = partial(extend_range, batch_id=batch.id, first=1, last=23, reason="Late", by=house.ann, at=AT)

    for too_early in (AT - timedelta(days=3), AT, AT + timedelta(hours=7)):  # to the end of today in Shanghai
        with pytest.raises(EndNotLater):
            extended(redeem_before=too_early)
    assert extended(redeem_before=AT + timedelta(days=99)) == 1

    ends = [Card.objects.get(serial=serial).redeem_before for serial in (endless, ends_soon, ends_late)]
    assert ends == [None, AT + timedelta(days=99), AT + timedelta(days=400)]


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_tills_sell_one_card_once(house: House) -> None:
    serial = on_shelf(stocked(house))[0]
    outcomes: list[str] = []

    def till(key: str) -> None:
        try:
            sell(house, [serial], key=key)
            outcomes.append("sold")
        except (CardNotForSale, StaleState):
            outcomes.append("refused")

    race(lambda: till("a"), lambda: till("b"))

    assert sorted(outcomes) == ["refused", "sold"]
    assert owed(house) == (98000, 98000)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_without_the_cards_lock_two_tills_would_both_find_it_on_the_shelf(house: House) -> None:
    """The positive control: reading without a lock, both see a card that may be sold."""
    serial = on_shelf(stocked(house))[0]
    seen: list[str] = []

    def look() -> None:
        seen.append(Card.objects.get(serial=serial).status)

    race(look, look)

    assert seen == [CardStatus.RECEIVED, CardStatus.RECEIVED]


def test_cards_on_a_shelf_are_given_to_another_one_or_taken_back_and_nothing_is_owed(house: House) -> None:
    batch = opened_batch(house)
    shipment = ship(batch_id=batch.id, first=1, last=10, to_account_id=house.reseller.id, by=house.ann, at=AT)
    receive(shipment_id=shipment.id, account_id=house.reseller.id, by=house.clerk, at=AT)
    on_shelf = Card.objects.filter(batch=batch, status="received").count()
    act = {"batch_id": batch.id, "reason": "The shop closes", "by": house.ann, "at": AT}

    moved = reassign_range(first=1, last=20, to_account_id=house.rival.id, **act)  # type: ignore[arg-type]

    assert moved == on_shelf
    assert set(Card.objects.filter(batch=batch, status="received").values_list("holder_id", flat=True)) == {
        house.rival.id
    }
    some = Card.objects.filter(batch=batch, holder=house.rival).order_by("counter")[0]
    assert "reassigned" in [line.verb for line in card_history(some)]
    reassign_range(first=some.counter, last=some.counter, to_account_id=None, **act)  # type: ignore[arg-type]
    some.refresh_from_db()
    assert (some.status, some.holder_id) == ("generated", None)
    with pytest.raises(UnknownReseller):
        reassign_range(first=1, last=2, to_account_id=house.provider.id, **act)  # type: ignore[arg-type]
    assert not LedgerEntry.objects.exists()
