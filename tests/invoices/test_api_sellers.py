"""Machines read and change who sends invoices: what the next documents say, and nothing of those that were made."""

from __future__ import annotations

from typing import Any

import pytest

from invoices.models import InvoiceSeries, Seller
from provider.accounts.models import Account
from provider.kernel.models import AuditRow
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.factories import make_seller

pytestmark = pytest.mark.django_db
FIRST = {"legal_name": "沪恒云科技有限公司", "number_prefix": "HH", "time_zone": "Asia/Shanghai"}


def test_it_is_set_up_once_and_then_changed_by_what_is_sent(machine: Caller) -> None:
    assert_problem(machine.get("/seller"), status=404, code="not_found")

    made = machine.post("/seller/change", FIRST | {"tax_rate": "6", "country": "CN"}, key="set-1").json()
    assert (made["legal_name"], made["tax_rate"], made["payment_days"], made["series"]) == (
        "沪恒云科技有限公司", "6", 14, [],
    )  # fmt: skip
    InvoiceSeries.objects.create(seller=Seller.objects.get(), kind="invoice", year=2026, next_number=42)

    changed = machine.post("/seller/change", {"payment_days": 30, "is_tax_inclusive": True}).json()

    assert changed == made | {
        "payment_days": 30, "is_tax_inclusive": True,
        "series": [{"kind": "invoice", "year": 2026, "next_number": "HH-2026-000042"}],
    }  # fmt: skip
    assert machine.get("/seller").json() == changed
    assert machine.post("/seller/change", {"country": ""}).json()["country"] == ""
    assert AuditRow.objects.filter(verb="seller.set_up").count() == 3


@pytest.mark.parametrize(
    ("sent", "code", "member"),
    [
        ({"legal_name": " "}, "seller_incomplete", "legal_name"),
        ({"number_prefix": "sh!"}, "seller_prefix_bad", "number_prefix"),
        ({"time_zone": "Mars/Olympus"}, "seller_zone_unknown", "time_zone"),
        ({"country": "QQ"}, "seller_country_unknown", "country"),
        ({"country": "EU"}, "seller_country_unknown", "country"),
        ({"tax_rate": "6.00001"}, "seller_tax_bad", "tax_rate"),
        ({"tax_rate": "101"}, "too_large", "tax_rate"),
        ({"payment_days": -1}, "too_small", "payment_days"),
        ({"payment_days": 366}, "too_large", "payment_days"),
        ({"prefix": "X"}, "unknown_member", "prefix"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place_and_nothing_is_changed(
    machine: Caller, sent: dict[str, Any], code: str, member: str
) -> None:
    before = machine.post("/seller/change", FIRST).json()

    answer = machine.post("/seller/change", {"address": "Somewhere else"} | sent)

    assert answer.status_code == 422
    problem = answer.json()
    assert (code, f"#/{member}") in [(one["code"], one.get("pointer")) for one in problem.get("errors", [problem])]
    assert machine.get("/seller").json() == before


def test_a_prefix_is_of_one_seller(machine: Caller) -> None:
    make_seller(account=make_account(name="Another"), number_prefix="TAKEN")
    taken = machine.post("/seller/change", FIRST | {"number_prefix": "TAKEN"})
    assert_problem(taken, status=409, code="seller_prefix_taken")
    assert Seller.objects.count() == 1


def test_a_first_time_without_a_name_says_what_is_missing(machine: Caller) -> None:
    assert_problem(machine.post("/seller/change", {"payment_days": 10}), status=422, code="seller_incomplete")
    assert not Seller.objects.exists()


def test_a_test_key_and_one_that_only_reads_change_nothing(provider: Account) -> None:
    tester = caller_for(provider, portal="provider", is_test=True)
    assert_problem(tester.post("/seller/change", FIRST), status=404, code="not_found")
    reader = caller_for(provider, portal="provider", scopes=["seller:read"])
    assert reader.post("/seller/change", FIRST).status_code == 403
    assert not Seller.objects.exists()
