"""Strangers are welcomed, subscribers see how they stand, and every page's help exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.test import Client

from provider.portal.rules.help import TOPICS
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.plans.factories import open_access

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.django_db


def test_a_stranger_is_welcomed_and_led_to_sign_up(client: Client) -> None:
    body = client.get("/welcome/").content.decode()
    assert "Start a free trial" in body
    assert client.get("/")["Location"] == "/welcome/"


@pytest.mark.parametrize("role", ["owner", "manager", "member"])
def test_home_offers_what_this_role_can_do(client: Client, role: str) -> None:
    enter(client, make_member(account=make_account(name="Fern"), portal="subscriber", role=role))
    body = client.get("/my/").content.decode()
    assert "Fern" in body
    assert ("Invite a colleague" in body) == (role != "member")
    assert ("Complete the address" in body) == (role == "owner")


def test_a_step_that_was_done_is_no_longer_offered(client: Client) -> None:
    account = make_account(name="Fern", address="Fern road 1", country="CN")
    member = make_member(account=account, portal="subscriber", role="owner")
    make_member(account=account, portal="subscriber", role="member")
    body = enter(client, member).get("/my/").content.decode()
    assert "1 thing worth doing next" in body  # the second factor


@pytest.mark.parametrize(
    ("state", "role", "is_offered"),
    [("dormant", "owner", True), ("dormant", "manager", False), ("active", "owner", False)],
)
def test_home_offers_the_export_to_a_sleeping_owner_who_alone_gets_it(
    client: Client, state: str, role: str, is_offered: bool
) -> None:
    account = make_account(name="Fern")
    open_access(account, state=state)
    body = enter(client, make_member(account=account, portal="subscriber", role=role)).get("/my/").content.decode()
    assert ("/crm/export/" in body) == is_offered


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_its_text(client: Client, topic: str) -> None:
    get_template(f"portal/help/{topic}.html")
    assert client.get(f"/help/{topic}/").status_code == 200


def test_every_help_link_leads_to_a_topic() -> None:
    templates = [path for path in ROOT.rglob("*.html") if not {"node_modules", ".venv", "var"} & set(path.parts)]
    linked = {topic for path in templates for topic in re.findall(r'"/help/([a-z-]+)/"', path.read_text("utf-8"))}
    assert linked - set(TOPICS) == set()


def test_help_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/help/everything/").status_code == 404
