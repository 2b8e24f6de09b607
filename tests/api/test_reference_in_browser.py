"""The reference in a browser: finding, opening by address, and no sideways scroll on a phone."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_finding_leaves_what_has_the_word_and_says_when_nothing_has(page, live_server):
    page.goto(f"{live_server.url}/api/v1/docs")

    page.fill("[data-reference-find]", "api_keys:write")
    assert page.locator("[data-reference]:visible").count() == 2

    page.fill("[data-reference-find]", "moonshine")
    assert page.locator("[data-reference]:visible").count() == 0
    assert page.locator("[data-reference-none]").is_visible()


def test_a_link_to_an_endpoint_opens_it_without_sideways_scroll(page, live_server):
    page.set_viewport_size({"width": 360, "height": 800})

    page.goto(f"{live_server.url}/api/v1/docs#create_api_key")

    assert page.locator("#create_api_key").evaluate("part => part.open")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
