"""Who sends invoices is changed by several at once: each changes what it names, and nobody takes it back."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from invoices.models import Seller
from invoices.operations import sellers
from invoices.operations.sellers import change_seller
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from tests.factories import AT
from tests.invoices.factories import make_seller
from tests.racing import race

CHANGES: list[dict[str, Any]] = [{"payment_days": 30}, {"tax_id": "91310000MA1K4BCD2E"}]


def change_both(seller: Seller) -> tuple[int, str]:
    """Two programs change one thing each at the same time; what holds then."""

    def changes(wish: dict[str, Any]) -> None:
        change_seller(account_id=seller.account_id, changes=wish, by=SYSTEM, at=AT)

    race(lambda: changes(CHANGES[0]), lambda: changes(CHANGES[1]))
    seller.refresh_from_db()
    return seller.payment_days, seller.tax_id


@pytest.mark.django_db(transaction=True)
def test_two_who_change_different_things_at_once_both_hold() -> None:
    assert change_both(make_seller()) == (30, "91310000MA1K4BCD2E")


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_one_of_them_would_be_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    both_have_read = threading.Barrier(2, timeout=20)
    readers: set[int] = set()
    facts = sellers._facts

    def reads(seller: Seller) -> dict[str, Any]:
        found = facts(seller)
        if threading.get_ident() not in readers:
            readers.add(threading.get_ident())
            both_have_read.wait()
        return found

    seller = make_seller()
    monkeypatch.setattr(sellers, "_facts", reads)
    monkeypatch.setattr(sellers, "lock_account", lambda account_id: Account.objects.get(id=account_id))

    days, tax_id = seller.payment_days, seller.tax_id
    assert change_both(seller) in [(30, tax_id), (days, "91310000MA1K4BCD2E")]
