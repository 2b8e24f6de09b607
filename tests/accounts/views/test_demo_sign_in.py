"""One click per part: only in the demo, only as its people, never carrying over from the part before."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from provider.accounts.models import Account, Membership, Portal
from provider.kernel.ids import new_id
from tests.accounts.people import make_member, make_reseller, make_subscriber

pytestmark = pytest.mark.django_db
PAGE = "/demo/sign-in/"


@pytest.fixture
def parts(provider: Account) -> dict[str, Membership]:
    made = {
        "operator": make_member(
            provider, "op@demo.perennial.example", role="operator", portal=Portal.PROVIDER, name="Olive"
        ),
        "clerk": make_member(
            make_reseller(provider), "clerk@demo.perennial.example", role="clerk", portal=Portal.RESELLER, name="Cai"
        ),
        "owner": make_member(make_subscriber(provider), "li@demo.perennial.example"),
        "real": make_member(make_subscriber(provider, "Real Ltd."), "real@example.com", name="Real Person"),
    }
    Account.objects.exclude(name="Real Ltd.").update(is_test=True)
    return made


def play(client: Client, part: object) -> Any:
    return client.post(PAGE, {"part": str(part)}, follow=True)


def test_the_demos_people_are_offered_and_nobody_else(parts: dict[str, Membership], client: Client) -> None:
    words = client.get(PAGE).content.decode()

    assert all(name in words for name in ("Olive", "Cai", "Li Na"))
    assert "Real Person" not in words


def test_whoever_is_somebody_in_the_demo_finds_the_way_back_in_their_menu(
    parts: dict[str, Membership], client: Client, settings: Any
) -> None:
    home = play(client, parts["owner"].id).content.decode()
    assert f'href="{PAGE}"' in home

    settings.DEMO_SIGN_IN = False
    assert PAGE not in client.get("/my/").content.decode()


@pytest.mark.parametrize(("part", "home"), [("operator", "/operator/"), ("clerk", "/reseller/"), ("owner", "/my/")])
def test_one_click_leads_home(parts: dict[str, Membership], client: Client, part: str, home: str) -> None:
    answer = play(client, parts[part].id)

    assert answer.status_code == 200
    assert answer.redirect_chain[-1] == (home, 302)


def test_who_only_works_in_the_crm_is_led_to_the_desk(provider: Account, client: Client) -> None:
    account = make_subscriber(provider, "Mate Ltd.")
    mate = make_member(account, "mate@demo.perennial.example", role="member")
    Account.objects.filter(id=account.id).update(is_test=True)

    assert play(client, mate.id).redirect_chain[-1] == ("/crm/", 302)


def test_the_next_part_keeps_nothing_of_the_one_before(parts: dict[str, Membership], client: Client) -> None:
    play(client, parts["operator"].id)
    before = client.session.session_key

    play(client, parts["owner"].user.email)

    assert client.session.session_key != before
    assert client.get("/my/").status_code == 200
    assert client.get("/operator/").status_code == 403


def test_nobody_real_can_be_played(parts: dict[str, Membership], client: Client) -> None:
    for part in (parts["real"].id, "real@example.com", new_id(), "", "op"):
        assert client.post(PAGE, {"part": str(part)}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_where_it_is_switched_off_there_is_no_such_page(
    parts: dict[str, Membership], client: Client, settings: Any
) -> None:
    settings.DEMO_SIGN_IN = False

    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, {"part": str(parts["owner"].id)}).status_code == 404
    assert "_auth_user_id" not in client.session
