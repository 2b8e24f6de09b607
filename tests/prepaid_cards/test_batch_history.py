"""The history of a batch can be read: a sale of neighbours is one line, however many cards went over the counter."""

from __future__ import annotations

import pytest

from prepaid_cards.operations.cards import activate
from prepaid_cards.operations.ranges import freeze_range
from prepaid_cards.queries.batches import events_of
from prepaid_cards.rules.serials import serials_of
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from tests.factories import AT, make_account
from tests.prepaid_cards.factories import make_batch, make_product


def sold(seller: Account, *, prefix: str, first: int, count: int) -> None:
    serials = serials_of(prefix=prefix, first=first, count=count)
    activate(
        seller_id=seller.id, serials=serials, receipt="", request_key=str(first), from_store=True, by=SYSTEM, at=AT
    )


@pytest.mark.django_db
def test_neighbours_of_one_sale_are_one_run_and_other_sales_are_others() -> None:
    seller = make_account(name="Perennial", portal="provider")
    batch = make_batch(product=make_product(), count=20)
    sold(seller, prefix=batch.prefix, first=1, count=5)
    sold(seller, prefix=batch.prefix, first=6, count=3)
    freeze_range(batch_id=batch.id, first=1, last=2, reason="Stolen", by=SYSTEM, at=AT)

    told = [(event.verb, event.first, event.last) for event in events_of(batch)]

    assert told == [("frozen", 1, 2), ("activated", 6, 8), ("activated", 1, 5)]
