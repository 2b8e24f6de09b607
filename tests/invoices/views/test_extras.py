"""Finance charges by hand: adds a line, looks at what it would come to, makes the invoice, or leaves it to wait."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.models import ExtraLine, Invoice
from provider.accounts.models import Account
from tests.invoices.factories import make_seller

pytestmark = pytest.mark.django_db
TYPED = {"description": "Training on site", "units": "2.5", "unit_price": "300", "tax_rate": "6"}


def test_a_line_is_added_looked_at_taken_back_and_invoiced(finance: Client, account: Account) -> None:
    make_seller()
    page = f"/operator/accounts/{account.id}/charge/"
    assert "Hengtai" in finance.get("/operator/invoices/new/?q=heng").content.decode()
    finance.post(page, TYPED)
    finance.post(page, TYPED | {"description": "A mistake"})
    mistake = ExtraLine.objects.get(description="A mistake")
    finance.post(f"{page}{mistake.id}/withdraw/")

    shown = finance.get(page)

    assert "795.00" in shown.content.decode()
    answer = finance.post(f"{page}invoice/", {"fingerprint": shown.context["fingerprint"]}, follow=True)
    assert "is made and on its way" in answer.content.decode()
    assert Invoice.objects.get().total_minor == 79500
    assert finance.post(f"{page}invoice/").status_code == 409


def test_without_a_seller_the_page_says_what_is_missing(finance: Client, account: Account) -> None:
    finance.post(f"/operator/accounts/{account.id}/charge/", TYPED)

    assert "Nobody is set up to bill" in finance.get(f"/operator/accounts/{account.id}/charge/").content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"unit_price": "1e3"}, "plain figures"),
        ({"unit_price": "-5"}, "above 0"),
        ({"units": "0"}, "above 0"),
        ({"tax_rate": "120"}, "between 0 and 100"),
        ({"first_on": "2026-11-02"}, "both days or neither"),
    ],
)
def test_what_cannot_be_is_refused_at_the_field(finance: Client, account: Account, typed: dict, said: str) -> None:
    answer = finance.post(f"/operator/accounts/{account.id}/charge/", TYPED | typed)

    assert said in answer.content.decode()
    assert not ExtraLine.objects.exists()
