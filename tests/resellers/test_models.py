"""What the database holds by itself: each law is attacked through the ORM and in raw SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from provider.kernel import laws
from resellers.models import Agreement, ReceiptSeries, Sale, SaleLine, Store
from resellers.operations.returns import undo_sale
from resellers.operations.sales import sell
from tests.factories import AT, make_account
from tests.resellers.factories import basket, make_agreement, make_person, make_reseller, make_shelf, make_store

pytestmark = pytest.mark.django_db


def refused(law: str, act: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError, match=law), transaction.atomic():
        act()


def sql(statement: str, *params: object) -> Callable[[], object]:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)

    return act


def test_two_versions_of_one_currency_are_never_in_force_together() -> None:
    reseller = make_reseller()
    first = make_agreement(reseller=reseller)

    refused(
        "agreements_do_not_overlap",
        lambda: make_agreement(reseller=reseller, version=2, valid_from=AT + timedelta(days=40)),
    )
    refused(
        "agreements_do_not_overlap",
        sql(
            "insert into resellers_agreement (id, reseller_id, version, valid_from, currency, discount_percent,"
            " credit_limit_minor, payment_days, status, note, created_at, ended_reason)"
            " select gen_random_uuid(), reseller_id, 2, valid_from + interval '1 day', currency, 5, 0, 0, 'agreed', '',"
            " created_at, '' from resellers_agreement where id = %s",
            first.id,
        ),
    )

    make_agreement(reseller=reseller, version=2, currency="HKD")
    Agreement.objects.filter(id=first.id).update(valid_until=AT)
    make_agreement(reseller=reseller, version=3, valid_from=AT)


def test_terms_never_change() -> None:
    agreement = make_agreement(reseller=make_reseller())
    rows = Agreement.objects.filter(id=agreement.id)

    refused("agreement_terms_stay", lambda: rows.update(discount_percent=99))
    refused("agreement_terms_stay", rows.delete)
    refused(
        "agreement_terms_stay",
        sql("update resellers_agreement set credit_limit_minor = 0 where id = %s", agreement.id),
    )
    refused("agreement_terms_stay", sql("delete from resellers_agreement where id = %s", agreement.id))

    assert rows.update(valid_until=AT) == 1


@pytest.mark.parametrize(
    ("law", "facts"),
    [
        ("agreement_discount_leaves_something", {"discount": "100"}),
        ("agreement_discount_leaves_something", {"discount": "-1"}),
        ("agreement_limit_is_not_negative", {"limit": -1}),
        ("agreement_payment_days_are_sane", {"payment_days": 181}),
        ("agreement_is_half_open", {"valid_until": AT - timedelta(days=9)}),
        ("agreement_status_known", {"status": "perhaps"}),
    ],
)
def test_terms_that_no_agreement_can_have(law: str, facts: dict[str, object]) -> None:
    reseller = make_reseller()
    refused(law, lambda: make_agreement(reseller=reseller, **facts))  # type: ignore[arg-type]


def test_a_stores_code_stays_and_is_its_own() -> None:
    reseller = make_reseller()
    store = make_store(reseller=reseller, code="SH1")

    refused("store_code_once", lambda: make_store(reseller=reseller, code="SH1", name="Other"))
    refused("store_code_is_plain", lambda: make_store(reseller=reseller, code="s-1", name="Other"))
    refused("store_code_stays", lambda: Store.objects.filter(id=store.id).update(code="SH2"))
    refused("store_code_stays", sql("update resellers_store set code = 'SH9' where id = %s", store.id))
    refused("store_code_stays", sql("delete from resellers_store where id = %s", store.id))

    make_store(reseller=make_reseller(name="Another"), code="SH1")


# --- Sales ---


@pytest.fixture
def sale() -> Sale:
    """Two cards on one receipt."""
    make_account(portal="provider")
    reseller = make_reseller()
    make_agreement(reseller=reseller)
    store, clerk = make_store(reseller=reseller), make_person(reseller=reseller)
    cards = make_shelf(reseller=reseller, count=3)
    made = sell(
        reseller_id=reseller.id, store_id=store.id, basket=basket(cards[:2]), request_key="k", by=clerk, at=AT
    )  # fmt: skip
    checked()
    return made


def checked() -> None:
    """What is judged at the end of a transaction is judged now."""
    sql("set constraints all immediate")()
    sql("set constraints all deferred")()


def test_what_was_sold_stays_as_it_was(sale: Sale) -> None:
    rows, lines = Sale.objects.filter(id=sale.id), SaleLine.objects.filter(sale=sale)
    refused("sale_content_stays", lambda: rows.update(face_minor=1))
    refused("sale_content_stays", lambda: rows.update(number=9))
    refused("sale_content_stays", lambda: lines.update(product_name="Other"))
    refused("sale_content_stays", sql("update resellers_sale set discount_minor = 0 where id = %s", sale.id))
    refused("sale_content_stays", sql("delete from resellers_saleline where sale_id = %s", sale.id))
    refused("sale_content_stays", sql("delete from resellers_sale where id = %s", sale.id))


def test_a_sale_is_undone_once_and_with_all_its_lines(sale: Sale) -> None:
    def one_line_only() -> None:
        SaleLine.objects.filter(sale=sale, position=1).update(undone_at=AT)
        checked()

    def without_lines() -> None:
        Sale.objects.filter(id=sale.id).update(undone_at=AT)
        checked()

    refused("sale_is_its_lines", one_line_only)
    refused("sale_is_its_lines", without_lines)

    owner = make_person(reseller=sale.reseller, role="owner")
    undo_sale(reseller_id=sale.reseller_id, sale_id=sale.id, reason="", by=owner, at=AT)
    checked()
    refused("sale_content_stays", sql("update resellers_sale set undone_at = null where id = %s", sale.id))


def test_a_sale_is_the_sum_of_its_lines(sale: Sale) -> None:
    line = SaleLine.objects.filter(sale=sale).values().first()
    assert line is not None
    free = SaleLine(**line | {"id": None, "position": 3, "card_id": line["card_id"] + 2})

    def one_more() -> None:
        free.save(force_insert=True)
        checked()

    refused("sale_is_its_lines", one_more)


def test_a_card_stands_on_one_receipt(sale: Sale) -> None:
    line = SaleLine.objects.filter(sale=sale).values().first()
    assert line is not None
    again = SaleLine(**line | {"id": None, "position": 3})
    refused("card_sold_once", lambda: again.save(force_insert=True))


def test_receipt_numbers_step_by_one(sale: Sale) -> None:
    series = ReceiptSeries.objects.filter(store=sale.store)
    refused("receipt_numbers_step_by_one", lambda: series.update(last_number=9))
    refused("receipt_numbers_step_by_one", lambda: series.update(last_number=0))
    refused("receipt_numbers_step_by_one", sql("delete from resellers_receiptseries"))


def test_the_laws_that_can_be_asked_hold(sale: Sale) -> None:
    names = ["receipts_have_no_gaps", "sold_cards_stand_on_their_receipt", "sale_discount_is_booked"]
    assert [laws.check(law).count for law in laws.known(names)] == [0, 0, 0]
