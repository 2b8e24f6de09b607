"""The provider's owner sets up who sends invoices; nobody else may."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.models import InvoiceSeries, Seller
from provider.accounts.models import Account
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.factories import make_seller

pytestmark = pytest.mark.django_db
TYPED = {
    "legal_name": "沪恒云科技有限公司", "number_prefix": "HH", "time_zone": "Asia/Shanghai", "tax_rate": "6",
    "payment_days": "14", "country": "CN",
}  # fmt: skip


@pytest.fixture
def boss(provider: Account) -> Client:
    return enter(Client(), make_member(account=provider, portal="provider", role="owner"))


def test_the_owner_sets_up_who_sends_invoices_and_sees_the_next_number(boss: Client, finance: Client) -> None:
    assert "No invoice can be made yet" in boss.get("/operator/seller/").content.decode()

    boss.post("/operator/seller/", TYPED)

    seller = Seller.objects.get()
    assert (seller.legal_name, seller.number_prefix, seller.payment_days) == ("沪恒云科技有限公司", "HH", 14)
    InvoiceSeries.objects.create(seller=seller, kind="invoice", year=2026, next_number=42)
    assert "HH-2026-000042" in boss.get("/operator/seller/").content.decode()
    assert finance.get("/operator/seller/").status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"legal_name": ""}, "required"),
        ({"number_prefix": "sh!"}, "up to 12 capital letters"),
        ({"number_prefix": "TAKEN"}, "Another seller numbers with TAKEN"),
        ({"tax_rate": "101"}, "less than or equal to 100"),
        ({"time_zone": "Mars/Olympus"}, "valid choice"),
        ({"payment_days": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_refused_at_the_field(boss: Client, typed: dict, said: str) -> None:
    make_seller(account=make_account(name="Another"), number_prefix="TAKEN")

    answer = boss.post("/operator/seller/", TYPED | typed)

    assert said in answer.content.decode()
    assert Seller.objects.count() == 1
