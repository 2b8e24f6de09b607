"""A holder with a card and a phone: typed in groups and judged while typing, seen first, confirmed, undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from provider.accounts.models import Account, Profile
from provider.kernel import clock
from provider.workshop.stories.stage import Stage
from tests.console.conftest import enter
from tests.factories import make_member
from tests.prepaid_cards.operations.test_redemption import a_card, stage

__all__ = ["stage"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_code_is_typed_seen_redeemed_and_undone(page: Any, live_server: Any, client: Client, stage: Stage) -> None:
    card, code = a_card(stage)
    Profile.objects.create(account=stage.account, portal="subscriber", created_at=clock.now())
    Account.objects.filter(id=stage.account.id).update(test_clock_at=None)
    owner = make_member(account=stage.account, portal="subscriber", role="owner")
    page.goto(f"{live_server.url}/redeem/#{code}")  # as the printed QR code has it, before anybody has signed in
    page.get_by_text("No typing error.").wait_for()
    assert page.url == f"{live_server.url}/redeem/"

    session = enter(client, owner).cookies["sessionid"]
    page.context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])
    page.set_viewport_size({"width": 390, "height": 844})
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")

    page.goto(f"{live_server.url}/my/redeem/#{wrong}")
    assert code[:4] not in page.url, "a secret does not stay in the address"
    page.get_by_text("One symbol is not right").wait_for()
    fields = page.locator(".code-groups input")
    fields.nth(3).fill("")
    fields.nth(3).press_sequentially(code[12:].lower())
    page.get_by_text("No typing error.").wait_for()
    page.get_by_role("button", name="Check the card").click()

    page.get_by_role("heading", name="What your card does").wait_for()
    assert code not in page.content().replace("-", "")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Redeem: paid until").click()
    page.get_by_role("heading", name="Card redeemed").wait_for()
    card.refresh_from_db()
    assert card.status == "redeemed"

    page.get_by_role("button", name="Undo it").first.click()
    page.locator("dialog[open]").get_by_role("button", name="Undo it").click()
    page.get_by_text("Undone. The card can be used again.").wait_for()
    card.refresh_from_db()
    assert card.status == "active"
