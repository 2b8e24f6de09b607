"""A real passkey: made in the browser, kept by its authenticator, and enough to sign in with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from provider.accounts.models import Account, Membership
from tests.accounts.people import make_member, make_subscriber, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def owner(provider: Account) -> Membership:
    return make_member(make_subscriber(provider), "li@example.com")


@pytest.fixture
def authenticator(page: Page) -> Callable[[bool], None]:
    """The device's authenticator, which knows its user; called with False it no longer recognises them."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return lambda knows: session.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": knows})


def signed_in(page: Page, live_server: LiveServer, membership: Membership) -> None:
    session = sign_in(Client(), membership, with_second_factor=False).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])


def make_passkey(page: Page, live_server: LiveServer, *, name: str) -> None:
    page.goto(f"{live_server.url}/auth/passkeys/add/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url(lambda url: "/add/" not in url)


def test_a_passkey_is_made_and_signs_in_alone(
    page: Page, live_server: LiveServer, owner: Membership, authenticator: Callable[[bool], None]
) -> None:
    signed_in(page, live_server, owner)
    make_passkey(page, live_server, name="Office laptop")
    page.goto(f"{live_server.url}/auth/passkeys/")
    expect(page.locator(".rows")).to_contain_text("Office laptop")
    expect(page.locator(".rows")).to_contain_text("Signs in alone")

    page.goto(f"{live_server.url}/auth/logout/")
    page.locator("main").get_by_role("button").first.click()
    page.goto(f"{live_server.url}/my/")
    expect(page).to_have_url(re.compile("/auth/login/"))

    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/my/$"))
    assert Authenticator.objects.get(user=owner.user, type="webauthn").last_used_at is not None


def test_a_device_that_does_not_recognise_its_user_opens_nothing(
    page: Page, live_server: LiveServer, owner: Membership, authenticator: Callable[[bool], None]
) -> None:
    signed_in(page, live_server, owner)
    make_passkey(page, live_server, name="Office laptop")
    page.context.clear_cookies()
    authenticator(False)

    page.goto(f"{live_server.url}/auth/login/")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_text("No passkey was used")).to_be_visible()
    page.goto(f"{live_server.url}/my/")
    expect(page).to_have_url(re.compile("/auth/login/"))


def test_a_passkey_taken_away_signs_nobody_in(
    page: Page, live_server: LiveServer, owner: Membership, authenticator: Callable[[bool], None]
) -> None:
    signed_in(page, live_server, owner)
    make_passkey(page, live_server, name="Lost telephone")
    Authenticator.objects.filter(user=owner.user).delete()
    page.context.clear_cookies()

    page.goto(f"{live_server.url}/auth/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_load_state("networkidle")

    page.goto(f"{live_server.url}/my/")
    expect(page).to_have_url(re.compile("/auth/login/"))
