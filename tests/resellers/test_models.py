"""What the database holds by itself: each law is attacked through the ORM and in raw SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from resellers.models import Agreement, Store
from tests.factories import AT
from tests.resellers.factories import make_agreement, make_reseller, make_store

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
