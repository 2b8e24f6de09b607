"""A clerk at the till with a scanner: hands on the keys, a queue behind the customer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from resellers.models import Sale
from tests.console.conftest import enter
from tests.factories import make_member
from tests.resellers.factories import card_of, make_shelf, make_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_three_cards_and_a_mistake(page: Any, live_server: Any, client: Client) -> None:
    shop = make_shop()
    cards = make_shelf(reseller=shop)
    session = enter(client, make_member(account=shop, portal="reseller", role="clerk")).cookies["sessionid"]
    page.context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])
    page.goto(f"{live_server.url}/reseller/till/")

    def scan(serial: str) -> None:
        """What a scanner does: it types into whatever has the focus, and presses Enter."""
        page.keyboard.type(serial)
        page.keyboard.press("Enter")

    for count, serial in enumerate(cards[:3], start=1):
        scan(serial)
        page.locator("#receipt-title", has_text=str(count)).wait_for()
    assert page.locator(".till-sum").inner_text() == "CNY 1,794.00"

    page.keyboard.type(cards[3][:-1] + str((int(cards[3][-1]) + 1) % 10))
    assert page.locator("#typed-hint").inner_text().startswith("One digit is not right")
    page.keyboard.press("Escape")
    scan(cards[0])
    page.get_by_text("lies on the counter already").wait_for()
    page.get_by_label(f"Take {cards[2]} off").click()
    page.locator("#receipt-title", has_text="2 cards").wait_for()

    page.get_by_text("Cash given, own reference").click()
    page.get_by_label("Cash given").fill("1200")
    assert page.locator("[data-change]").inner_text() == "Give back 4.00"
    page.keyboard.press("F2")
    page.get_by_text("SH1-").first.wait_for()
    assert card_of(cards[0]).status == "active"
    assert card_of(cards[2]).status == "received"

    page.get_by_text("Next customer").click()
    page.locator("[data-scan]").wait_for()
    page.keyboard.press("F4")
    page.get_by_role("button", name="Undo the sale").click()
    page.locator(".receipt-undone").wait_for()
    assert Sale.objects.get().undone_at is not None
