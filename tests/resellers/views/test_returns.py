"""A customer brings a card of several back: the clerk sees what is given back, takes it, and hands a receipt over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from prepaid_cards.models import Card, CardReplacement
from provider.accounts.models import Membership
from provider.kernel import clock
from resellers.models import Sale, SaleReturn, Store
from resellers.operations.sales import sell
from resellers.queries.sales import last_sale, takings
from tests.console.conftest import enter
from tests.factories import make_member
from tests.resellers.factories import (
    actor_for,
    basket,
    card_of,
    make_batch,
    make_reseller,
    make_shelf,
    make_shop,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Membership:
    shop = make_shop()
    return make_member(account=shop, portal="reseller", role="clerk")


@pytest.fixture
def clerk(client: Client, member: Membership) -> Client:
    return enter(client, member)


@pytest.fixture
def sale(member: Membership) -> Sale:
    """Three cards, just now."""
    shop = member.account
    return sell(
        reseller_id=shop.id, store_id=Store.objects.get().id, basket=basket(make_shelf(reseller=shop)[:3]),
        request_key="k", by=actor_for(member), at=clock.now(),
    )  # fmt: skip


def serials(sale: Sale) -> list[str]:
    return list(sale.lines.order_by("position").values_list("serial", flat=True))


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_one_card_is_previewed_taken_back_and_stands_on_a_receipt_of_its_own(clerk: Client, sale: Sale) -> None:
    path, one = f"/reseller/sales/{sale.id}/return/", serials(sale)[1]
    assert path in page(clerk, f"/reseller/sales/{sale.id}/")

    previewed = page(clerk, f"{path}?serial={one}")
    assert "598.00" in previewed
    assert "2 cards stay sold" in previewed
    assert not SaleReturn.objects.exists()

    done = clerk.post(path, {"serial": [one], "reason": "One too many"}, follow=True)

    made = SaleReturn.objects.get()
    told = done.content.decode()
    assert made.receipt in told
    assert "598.00" in told
    assert "One too many" in told
    receipt = page(clerk, f"/reseller/sales/{sale.id}/")
    assert "1 of 3 returned" in receipt
    assert "1,196.00" in receipt  # still sold
    assert "Undo this sale" not in receipt
    assert "Returned" in page(clerk, path)
    assert f'value="{one}"' not in page(clerk, f"{path}?serial={one}").split("consequence")[-1]


def test_what_was_replaced_or_redeemed_is_offered_neither_to_undo_nor_to_return(
    clerk: Client, sale: Sale, member: Membership
) -> None:
    replaced, redeemed, sold = (Card.objects.get(serial=serial) for serial in serials(sale))
    CardReplacement.objects.create(
        old=replaced, new=Card.objects.filter(batch=make_batch()).earliest("id"), reason="Torn", at=clock.now()
    )
    assert "Undo this sale" not in page(clerk, f"/reseller/sales/{sale.id}/")
    assert last_sale(by=actor_for(member), store_id=sale.store_id, at=clock.now()) is None  # nor at the till
    Card.objects.filter(id=redeemed.id).update(status="redeemed", redeemed_at=clock.now())

    told = page(clerk, f"/reseller/sales/{sale.id}/return/")

    assert "Replaced by another card" in told
    assert told.count("disabled") == 2
    refused = clerk.post(f"/reseller/sales/{sale.id}/return/", {"serial": [redeemed.serial]}, follow=True)
    assert "was redeemed" in refused.content.decode()
    clerk.post(f"/reseller/sales/{sale.id}/return/", {"serial": [sold.serial]})
    assert card_of(sold.serial).status == "received"


def test_after_a_day_and_for_a_colleague_nothing_is_offered(
    clerk: Client, sale: Sale, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/reseller/sales/{sale.id}/return/"
    colleague = enter(Client(), make_member(account=member.account, portal="reseller", role="clerk"))
    assert "Nothing of this sale can be returned" in page(colleague, path)
    colleague.post(path, {"serial": serials(sale)[:1]})
    assert not SaleReturn.objects.exists()

    tomorrow = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert "Nothing of this sale can be returned" in page(clerk, path)
    assert "stands: a day has passed" in page(clerk, f"/reseller/sales/{sale.id}/")


def test_the_takings_leave_out_what_came_back(clerk: Client, sale: Sale, member: Membership) -> None:
    clerk.post(f"/reseller/sales/{sale.id}/return/", {"serial": serials(sale)[:1]})

    taken = takings(reseller_id=member.account_id, day=sale.sold_on)

    assert (taken.receipts, taken.cards, taken.returned, taken.undone) == (1, 2, 1, 0)
    assert [total.minor for total in taken.totals] == [2 * 598_00]
    assert [row.count for row in (*taken.by_product, *taken.by_clerk, *taken.by_way)] == [2, 2, 1]
    assert "Cards returned" in page(clerk, "/reseller/takings/")
    assert "Partly returned" in page(clerk, "/reseller/sales/")


def test_the_owner_reads_the_returned_discount_on_the_statement(clerk: Client, sale: Sale, member: Membership) -> None:
    clerk.post(f"/reseller/sales/{sale.id}/return/", {"serial": serials(sale)[:1]})
    owner = enter(Client(), make_member(account=member.account, portal="reseller", role="owner"))

    told = page(owner, "/reseller/statement/")

    assert "Discount undone" in told
    assert told.count(sale.receipt) == 3  # sold, its discount, and the discount of the card that came back


def test_anothers_return_is_not_there(clerk: Client, sale: Sale) -> None:
    rival = enter(Client(), make_member(account=make_reseller(name="Rival"), portal="reseller", role="owner"))
    clerk.post(f"/reseller/sales/{sale.id}/return/", {"serial": serials(sale)[:1]})
    for path in ("return/", "returns/1/"):
        assert rival.get(f"/reseller/sales/{sale.id}/{path}").status_code == 404
    assert clerk.get(f"/reseller/sales/{sale.id}/returns/2/").status_code == 404
