"""Cards over the counter: all or none, once, on a numbered receipt, in the books; and back again within a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_properties
from hypothesis import strategies as st

from prepaid_cards.models import Card, CardBatch
from provider.accounts.models import Account
from provider.kernel import laws, ledger
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.ids import new_id
from provider.kernel.models import AuditRow, LedgerEntry, OutboxEvent
from resellers.models import Sale, SaleLine, SaleReturn, Store
from resellers.operations.returns import return_cards, undo_sale
from resellers.operations.sales import sell
from resellers.queries.books import owed_in
from tests.factories import AT, make_account
from tests.racing import race
from tests.resellers.factories import (
    basket,
    card_of,
    make_agreement,
    make_card_product,
    make_person,
    make_reseller,
    make_shelf,
    make_store,
)


class Shop:
    """A reseller with terms of 20 %, one store, a clerk, and ten cards of 598.00."""

    def __init__(self) -> None:
        make_account(name="Perennial", portal="provider")
        self.reseller: Account = make_reseller()
        self.terms = make_agreement(reseller=self.reseller)
        self.store: Store = make_store(reseller=self.reseller)
        self.clerk: Actor = make_person(reseller=self.reseller)
        self.cards = make_shelf(reseller=self.reseller)

    def sell(self, *serials: str, key: str = "", by: Actor | None = None, **facts: Any) -> Sale:
        at, store = facts.pop("at", AT), facts.pop("store", self.store)
        return sell(
            reseller_id=self.reseller.id, store_id=store.id, basket=basket(serials, **facts),
            request_key=key or "-".join(serials), by=by or self.clerk, at=at,
        )  # fmt: skip

    def undo(self, sale: Sale, *, by: Actor | None = None, at: Any = AT) -> Sale:
        return undo_sale(reseller_id=self.reseller.id, sale_id=sale.id, reason="Wrong card", by=by or self.clerk, at=at)

    def owes(self) -> int:
        return owed_in(reseller_id=self.reseller.id, currency="CNY").minor


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def refused(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value


def balance(of: LedgerAccount) -> int:
    return ledger.balance(of=of, currency="CNY").minor


# --- Selling ---


def test_two_cards_go_over_the_counter(shop: Shop) -> None:
    sale = shop.sell(*shop.cards[:2], given_minor=1_200_00)

    assert (sale.count, sale.face_minor, sale.discount_minor) == (2, 1_196_00, 239_20)
    assert (sale.receipt, sale.change_minor) == ("SH1-2026-000001", 4_00)
    assert [card_of(serial).status for serial in shop.cards[:3]] == ["active", "active", "received"]
    assert {card_of(serial).activation for serial in shop.cards[:2]} == {sale.activation}
    assert sale.activation.store_id == shop.store.id  # where it went over the counter, for promotions by store
    assert [line.serial for line in sale.lines.order_by("position")] == [s.replace("-", "") for s in shop.cards[:2]]


def test_the_reseller_owes_face_less_discount_and_the_holders_are_owed_face(shop: Shop) -> None:
    shop.sell(shop.cards[0])

    assert shop.owes() == 598_00 - 119_60
    assert balance(LedgerAccount.DISCOUNT) == 119_60
    assert balance(LedgerAccount.CARD_LIABILITY) == -598_00


def test_a_card_that_is_given_away_owes_nothing(shop: Shop) -> None:
    gift = make_card_product(name="Gift", tax_class="promotional", face=100_00)
    serial = make_shelf(reseller=shop.reseller, product=gift)[0]
    sale = shop.sell(serial)
    assert (sale.discount_minor, shop.owes()) == (0, 0)
    assert not LedgerEntry.objects.exists()


def test_without_a_discount_there_is_no_entry_for_it(shop: Shop) -> None:
    rival = Shop.__new__(Shop)
    rival.reseller = make_reseller(name="Full price")
    make_agreement(reseller=rival.reseller, discount="0")
    rival.store, rival.clerk = make_store(reseller=rival.reseller), make_person(reseller=rival.reseller)
    rival.cards = make_shelf(reseller=rival.reseller)
    rival.sell(rival.cards[0])
    assert rival.owes() == 598_00
    assert not LedgerEntry.objects.filter(source_kind="sale").exists()


def test_each_card_has_its_own_discount_so_that_sums_are_exact(shop: Shop) -> None:
    odd = make_shelf(reseller=shop.reseller, product=make_card_product(name="Odd", face=99_99), count=3)
    sale = shop.sell(*odd)
    assert [line.discount_minor for line in sale.lines.all()] == [20_00, 20_00, 20_00]
    assert sale.discount_minor == 60_00


def test_receipts_are_numbered_without_gaps_by_store_and_year(shop: Shop) -> None:
    second = make_store(reseller=shop.reseller, code="SH2", name="People's Square")
    owner = make_person(reseller=shop.reseller, role="owner")
    first = shop.sell(shop.cards[0], by=owner)
    refused(lambda: shop.sell(shop.cards[0], key="again", by=owner))
    numbers = [
        first.receipt,
        shop.sell(shop.cards[1], by=owner).receipt,
        shop.sell(shop.cards[2], by=owner, store=second).receipt,
        shop.sell(shop.cards[3], by=owner, at=AT + timedelta(days=365)).receipt,
    ]
    assert numbers == ["SH1-2026-000001", "SH1-2026-000002", "SH2-2026-000001", "SH1-2027-000001"]


def test_new_years_eve_is_judged_in_the_resellers_zone(shop: Shop) -> None:
    midnight_in_shanghai = AT.replace(month=12, day=31, hour=16, minute=0)
    assert shop.sell(shop.cards[0], at=midnight_in_shanghai).receipt == "SH1-2027-000001"


def test_the_same_request_twice_is_one_sale(shop: Shop) -> None:
    first = shop.sell(shop.cards[0], key="k")
    second = shop.sell(shop.cards[0], key="k", at=AT + timedelta(minutes=1))
    assert first.id == second.id
    assert shop.owes() == 598_00 - 119_60
    assert OutboxEvent.objects.filter(name="resellers.cards_sold").count() == 1


def test_a_key_used_again_for_another_card_leaves_that_card_alone(shop: Shop) -> None:
    shop.sell(shop.cards[0], key="k")
    assert refused(lambda: shop.sell(shop.cards[1], key="k")).code == "activation_key_reused"
    assert card_of(shop.cards[1]).status == "received"


def test_a_key_used_again_in_another_store_is_refused(shop: Shop) -> None:
    owner = make_person(reseller=shop.reseller, role="owner")
    second = make_store(reseller=shop.reseller, code="SH2", name="People's Square")
    shop.sell(shop.cards[0], key="k", by=owner)
    assert refused(lambda: shop.sell(shop.cards[0], key="k", by=owner, store=second)).code == "activation_key_reused"


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("card_not_received", {"status": "shipped"}),
        ("card_being_checked", {"status": "frozen", "frozen_at": AT, "frozen_from": "received"}),
        ("card_withdrawn", {"status": "void", "voided_at": AT}),
    ],
)
def test_why_a_card_is_not_sold(shop: Shop, code: str, facts: dict[str, Any]) -> None:
    Card.objects.filter(id=card_of(shop.cards[1]).id).update(**facts)
    refusal = refused(lambda: shop.sell(*shop.cards[:2]))
    assert (refusal.code, refusal.facts["serial"]) == (code, shop.cards[1])
    assert card_of(shop.cards[0]).status == "received"  # all or none


def test_a_sold_card_names_its_receipt(shop: Shop) -> None:
    shop.sell(shop.cards[0])
    refusal = refused(lambda: shop.sell(shop.cards[0], key="again"))
    assert (refusal.code, refusal.facts["receipt"]) == ("card_sold_before", "SH1-2026-000001")


def test_anothers_card_and_no_card_are_the_same_answer(shop: Shop) -> None:
    theirs = make_shelf(reseller=make_reseller(name="Rival"))[0]
    assert refused(lambda: shop.sell(theirs)).code == "card_elsewhere"
    assert (
        refused(lambda: shop.sell("999999-0000001-" + "0123456789"[_check("9999990000001")])).code == "card_elsewhere"
    )


def _check(digits: str) -> int:
    from prepaid_cards.rules.serials import check_digit

    return check_digit(digits)


def test_a_slip_of_the_pen_is_found_before_any_table(shop: Shop) -> None:
    wrong = shop.cards[0][:-1] + str((int(shop.cards[0][-1]) + 1) % 10)
    assert refused(lambda: shop.sell(wrong)).code == "card_serial_mistyped"


def test_a_batch_that_is_not_open_stays_on_the_shelf(shop: Shop) -> None:
    CardBatch.objects.update(status="locked", locked_at=AT)
    assert refused(lambda: shop.sell(shop.cards[0])).code == "card_batch_not_open"


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("way_of_paying_unknown", {"paid_by": "shells"}),
        ("cash_not_enough", {"given_minor": 597_99}),
        ("cash_not_enough", {"paid_by": "alipay", "given_minor": 600_00}),
    ],
)
def test_how_it_is_paid(shop: Shop, code: str, facts: dict[str, Any]) -> None:
    assert refused(lambda: shop.sell(shop.cards[0], **facts)).code == code


def test_what_no_receipt_can_be(shop: Shop) -> None:
    assert refused(lambda: shop.sell(key="empty")).code == "basket_empty"
    assert refused(lambda: shop.sell(shop.cards[0], shop.cards[0].replace("-", " "))).code == "card_serial_twice"
    euros = make_shelf(reseller=shop.reseller, product=make_card_product(name="Euro", currency="EUR"))
    assert refused(lambda: shop.sell(shop.cards[0], euros[0])).code == "cards_of_two_currencies"
    assert refused(lambda: shop.sell(euros[0])).code == "selling_stopped"


def test_the_credit_limit_counts_this_sale(db: None) -> None:
    shop = Shop()
    reseller = make_reseller(name="Small")
    make_agreement(reseller=reseller, limit=2 * 478_40)
    shop.reseller, shop.store, shop.clerk = reseller, make_store(reseller=reseller), make_person(reseller=reseller)
    shop.cards = make_shelf(reseller=reseller)
    shop.sell(*shop.cards[:2])
    assert refused(lambda: shop.sell(shop.cards[2])).code == "credit_limit_reached"
    assert card_of(shop.cards[2]).status == "received"


def test_a_clerk_sells_in_their_own_store(shop: Shop) -> None:
    make_store(reseller=shop.reseller, code="SH2", name="People's Square")
    assert refused(lambda: shop.sell(shop.cards[0])).code == "store_not_yours"


def test_another_resellers_store_is_not_there(shop: Shop) -> None:
    theirs = make_store(reseller=make_reseller(name="Rival"))
    with pytest.raises(NotFound):
        shop.sell(shop.cards[0], store=theirs)


# --- Undoing ---


def test_an_undone_sale_leaves_nothing_but_its_receipt(shop: Shop) -> None:
    sale = shop.sell(*shop.cards[:2])
    undone = shop.undo(sale, at=AT + timedelta(hours=23))

    assert undone.undone_at == AT + timedelta(hours=23)
    assert [card_of(serial).status for serial in shop.cards[:2]] == ["received", "received"]
    assert (shop.owes(), balance(LedgerAccount.DISCOUNT), balance(LedgerAccount.CARD_LIABILITY)) == (0, 0, 0)
    again = shop.sell(shop.cards[0], key="again", at=AT + timedelta(hours=23))
    assert again.receipt == "SH1-2026-000002"


def test_the_history_tells_of_a_sale_and_of_its_undoing_once_each(shop: Shop) -> None:
    sale = shop.sell(*shop.cards[:2])
    shop.undo(sale)

    told = AuditRow.objects.filter(account_id=shop.reseller.id, verb__regex="^(sale|cards)[.](made|undone|activ)")
    assert list(told.order_by("id").values_list("verb", flat=True)) == ["sale.made", "sale.undone"]
    assert told.earliest("id").after["serials"] == [serial.replace("-", "") for serial in shop.cards[:2]]


def test_undoing_twice_is_undoing_once(shop: Shop) -> None:
    sale = shop.sell(shop.cards[0])
    shop.undo(sale)
    shop.undo(sale, at=AT + timedelta(days=9))
    assert OutboxEvent.objects.filter(name="resellers.sale_undone").count() == 1


def test_after_a_day_a_sale_stands(shop: Shop) -> None:
    sale = shop.sell(shop.cards[0])
    refusal = refused(lambda: shop.undo(sale, at=AT + timedelta(hours=24)))
    assert refusal.code == "activation_too_late_to_reverse"
    assert SaleLine.objects.get(sale=sale).undone_at is None


def test_a_redeemed_card_holds_the_whole_sale(shop: Shop) -> None:
    sale = shop.sell(*shop.cards[:2])
    Card.objects.filter(id=card_of(shop.cards[1]).id).update(status="redeemed", redeemed_at=AT)
    assert refused(lambda: shop.undo(sale)).code == "card_redeemed_already"
    assert card_of(shop.cards[0]).status == "active"


def test_clerks_undo_their_own_sales_and_owners_all(shop: Shop) -> None:
    sale = shop.sell(shop.cards[0])
    colleague = make_person(reseller=shop.reseller)
    assert refused(lambda: shop.undo(sale, by=colleague)).code == "sale_not_yours"
    shop.undo(sale, by=make_person(reseller=shop.reseller, role="owner"))


def test_anothers_sale_is_not_there(shop: Shop) -> None:
    sale = shop.sell(shop.cards[0])
    rival = make_reseller(name="Rival")
    with pytest.raises(NotFound):
        undo_sale(reseller_id=rival.id, sale_id=sale.id, reason="", by=make_person(reseller=rival), at=AT)


# --- At the same time ---


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_clerks_with_one_card_make_one_sale() -> None:
    shop = Shop()
    codes: list[str] = []

    def attempt(key: str) -> None:
        try:
            shop.sell(shop.cards[0], key=key)
        except Refusal as refusal:
            codes.append(refusal.code)

    race(*(lambda key=key: attempt(key) for key in ("one", "two", "three", "four")))

    assert Sale.objects.count() == 1
    assert codes == ["card_sold_before"] * 3
    assert shop.owes() == 478_40


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_parallel_sales_never_pass_the_credit_limit_and_leave_no_gap() -> None:
    shop = Shop()
    reseller = make_reseller(name="Small")
    make_agreement(reseller=reseller, limit=3 * 478_40)
    shop.reseller, shop.store, shop.clerk = reseller, make_store(reseller=reseller), make_person(reseller=reseller)
    shop.cards = make_shelf(reseller=reseller, count=8)

    codes: list[str] = []

    def attempt(serial: str) -> None:
        try:
            shop.sell(serial)
        except Refusal as refusal:
            codes.append(refusal.code)

    race(*(lambda serial=serial: attempt(serial) for serial in shop.cards[:6]))

    assert codes == ["credit_limit_reached"] * 3
    assert sorted(Sale.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert shop.owes() == 3 * 478_40


# --- Single cards of a sale come back ---


def back(shop: Shop, sale: Sale, *serials: str, by: Actor | None = None, at: Any = AT) -> SaleReturn:
    return return_cards(
        reseller_id=shop.reseller.id, sale_id=sale.id, serials=serials, reason="Too many", by=by or shop.clerk, at=at
    )  # fmt: skip


def test_one_card_of_three_comes_back_and_the_others_stay_sold(shop: Shop) -> None:
    sale = shop.sell(*shop.cards[:3])
    made = back(shop, sale, shop.cards[1], at=AT + timedelta(hours=23))

    assert (made.receipt, made.count, made.face_minor, made.discount_minor) == (
        "SH1-2026-000001-R1", 1, 598_00, 119_60
    )  # fmt: skip
    assert [card_of(serial).status for serial in shop.cards[:3]] == ["active", "received", "active"]
    sale.refresh_from_db()
    assert (sale.undone_at, sale.returned_count, sale.returned_minor) == (None, 1, 598_00)
    assert (shop.owes(), balance(LedgerAccount.DISCOUNT)) == (2 * 478_40, 2 * 119_60)
    assert balance(LedgerAccount.CARD_LIABILITY) == -2 * 598_00
    assert broken_laws() == []
    shop.sell(shop.cards[1], key="again")  # it is on the shelf like any other


def test_when_the_last_card_has_come_back_the_sale_is_undone(shop: Shop) -> None:
    sale = shop.sell(*shop.cards[:3])
    back(shop, sale, shop.cards[0])
    second = back(shop, sale, *shop.cards[1:3], at=AT + timedelta(minutes=5))

    sale.refresh_from_db()
    assert (sale.undone_at, second.receipt) == (AT + timedelta(minutes=5), "SH1-2026-000001-R2")
    assert (shop.owes(), balance(LedgerAccount.DISCOUNT), balance(LedgerAccount.CARD_LIABILITY)) == (0, 0, 0)
    names = OutboxEvent.objects.filter(name__regex="returned|undone").order_by("id").values_list("name", flat=True)
    assert list(names) == ["resellers.cards_returned", "resellers.sale_undone"]
    assert broken_laws() == []


def test_undoing_what_is_left_leaves_out_what_came_back_before(shop: Shop) -> None:
    sale = shop.sell(*shop.cards[:2])
    back(shop, sale, shop.cards[0])
    shop.sell(shop.cards[0], key="sold again")

    shop.undo(sale)

    assert [card_of(serial).status for serial in shop.cards[:2]] == ["active", "received"]
    assert shop.owes() == 478_40
    assert broken_laws() == []


@pytest.mark.parametrize(
    ("code", "choose"),
    [
        ("sale_return_empty", lambda cards: cards[:0]),
        ("sale_return_not_on_receipt", lambda cards: [cards[0], cards[5]]),
        ("sale_return_done_before", lambda cards: [cards[2]]),
        ("card_redeemed_already", lambda cards: [cards[0], cards[1]]),
    ],
)
def test_what_does_not_come_back(shop: Shop, code: str, choose: Callable[[list[str]], list[str]]) -> None:
    sale = shop.sell(*shop.cards[:4])
    back(shop, sale, shop.cards[2])
    Card.objects.filter(id=card_of(shop.cards[1]).id).update(status="redeemed", redeemed_at=AT)

    assert refused(lambda: back(shop, sale, *choose(shop.cards))).code == code
    assert card_of(shop.cards[0]).status == "active"  # all or none
    back(shop, sale, shop.cards[0])  # a redeemed card holds only itself


def test_a_card_comes_back_within_a_day_and_to_whoever_sold_it(shop: Shop) -> None:
    sale = shop.sell(*shop.cards[:2])
    late = AT + timedelta(hours=24)
    assert refused(lambda: back(shop, sale, shop.cards[0], at=late)).code == "activation_too_late_to_reverse"
    colleague = make_person(reseller=shop.reseller)
    assert refused(lambda: back(shop, sale, shop.cards[0], by=colleague)).code == "sale_not_yours"
    back(shop, sale, shop.cards[0], by=make_person(reseller=shop.reseller, role="owner"))


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), max_size=5))
@settings_of_properties(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_however_cards_come_back_the_books_are_those_of_the_rest(shop: Shop, tries: list[list[int]]) -> None:
    with transaction.atomic():
        sale, gone = shop.sell(*shop.cards[:6], key=str(new_id())), set[int]()
        for chosen in tries:
            if gone & set(chosen):
                assert refused(lambda chosen=chosen: back(shop, sale, *(shop.cards[one] for one in chosen)))
            else:
                back(shop, sale, *(shop.cards[one] for one in chosen))
                gone |= set(chosen)
        left = 6 - len(gone)
        assert (shop.owes(), balance(LedgerAccount.CARD_LIABILITY)) == (left * 478_40, -left * 598_00)
        assert sum(card_of(serial).status == "active" for serial in shop.cards) == left
        sale.refresh_from_db()
        assert (sale.returned_count, sale.undone_at is None) == (len(gone), left > 0)
        assert broken_laws() == []
        transaction.set_rollback(True)


def broken_laws() -> list[str]:
    """The laws of receipts and of the books that do not hold."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
    names = ("sale", "receipt", "sold", "ledger")
    return [law.name for law in laws.known() if law.name.startswith(names) and not laws.check(law).holds]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("second", "ends"), [(0, ["done", "refused"]), (1, ["done", "done"])])
def test_a_card_comes_back_once_however_many_ask(second: int, ends: list[str]) -> None:
    """Two of the same card: one is refused. Two different ones: the positive control, both come back."""
    shop, outcomes = Shop(), list[str]()
    sale = shop.sell(*shop.cards[:3])

    def asks(serial: str) -> None:
        try:
            back(shop, sale, serial)
        except Refusal:
            outcomes.append("refused")
        else:
            outcomes.append("done")

    race(lambda: asks(shop.cards[0]), lambda: asks(shop.cards[second]))
    assert sorted(outcomes) == ends
    assert shop.owes() == (3 - outcomes.count("done")) * 478_40
