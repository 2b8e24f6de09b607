"""The holder's way: type, see, confirm, undo; and with a card in hand but no account yet."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from prepaid_cards.models import Card, Redemption, RedemptionAttempt
from prepaid_cards.queries.cards import provider_account
from prepaid_cards.rules.codes import draw, grouped
from provider.accounts.models import Account, Membership, Profile
from provider.kernel import clock
from provider.look import formats
from provider.workshop.stories.stage import Stage
from tests.factories import make_member
from tests.prepaid_cards.factories import make_product
from tests.prepaid_cards.operations.test_redemption import a_card, stage
from tests.prepaid_cards.redeeming import sold_card
from tests.sessions import signed_in

__all__ = ["stage"]
DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')
TICKET = re.compile(r'name="ticket" value="([^"]+)"')


@pytest.fixture
def owner(stage: Stage) -> Client:
    Profile.objects.create(account=stage.account, portal="subscriber", created_at=clock.now())
    Account.objects.filter(id=stage.account.id).update(test_clock_at=None)
    client = Client()
    client.force_login(make_member(account=stage.account, portal="subscriber", role="owner").user)
    return client


def quoted(client: Client, code: str) -> str:
    answer = client.post("/my/redeem/", {"code": code})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.content.decode()


def confirm(client: Client, page: str) -> Any:
    digest, ticket = DIGEST.search(page), TICKET.search(page)
    assert digest
    assert ticket
    return client.post("/my/redeem/confirm/", {"digest": digest[1], "ticket": ticket[1]})


def test_a_holder_sees_what_the_card_does_confirms_and_undoes(stage: Stage, owner: Client) -> None:
    card, code = a_card(stage)

    page = quoted(owner, grouped(code).lower())
    assert code not in page.replace("-", "")
    assert "Nothing else is charged" in page
    assert not Redemption.objects.exists()
    answer = confirm(owner, page)

    made = Redemption.objects.get()
    assert answer.url == f"/my/redeem/{made.id}/"
    shown = owner.get(answer.url).content.decode()
    assert "Undo it" in shown
    owner.post(f"{answer.url}undo/")
    card.refresh_from_db()
    assert card.status == "active"
    assert "This redemption was undone" in owner.get(answer.url).content.decode()


def test_what_cannot_be_undone_says_so_before_and_after(stage: Stage, owner: Client) -> None:
    code, other, later = (a_card(stage)[1] for _ in range(3))
    owner.post(f"{confirm(owner, quoted(owner, code)).url}undo/")

    again = quoted(owner, code)
    assert "undone once before" in again
    assert "for 24 hours" not in again
    assert "undone once before" in owner.get(confirm(owner, again).url).content.decode()

    first = confirm(owner, quoted(owner, other)).url
    assert "Undo it" in owner.get(first).content.decode()
    confirm(owner, quoted(owner, later))
    assert "Undo that first" in owner.get(first).content.decode()


def test_money_and_points_of_cards_stand_on_the_home_page_and_with_the_redemptions(stage: Stage, owner: Client) -> None:
    before = owner.get("/my/").content.decode()
    for facts in ({"kind": "points", "points": 512, "top_up_minor": 0}, {"kind": "top_up", "top_up_minor": 12300}):
        _, code = sold_card(make_product(**facts))
        confirm(owner, quoted(owner, code))

    home, redeemed = (owner.get(path).content.decode() for path in ("/my/", "/my/redeem/"))
    assert "512" in home
    assert "123.00" in home
    assert "123.00" not in before
    assert "512 points" in redeemed
    provider = Account.objects.get(profiles__portal="provider")
    operator = signed_in(make_member(account=provider, portal="provider", role="operator").user)
    assert ">512<" in operator.get(f"/operator/accounts/{stage.account.id}/money/").content.decode().replace(" ", "")


def test_a_double_click_redeems_once(stage: Stage, owner: Client) -> None:
    _, code = a_card(stage)
    page = quoted(owner, code)

    assert confirm(owner, page).url == confirm(owner, page).url
    assert Redemption.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type the code"),
        ("7KQM", "16 symbols"),
        pytest.param(draw(1)[0], "No card with this code", id="unknown"),
        ("0000000000000001", "One symbol is not right"),
    ],
)
def test_what_is_not_taken_is_said_and_never_repeated(owner: Client, typed: str, sentence: str) -> None:
    answer = owner.post("/my/redeem/", {"code": typed})

    page = answer.content.decode()
    assert sentence in page
    assert not typed or len(typed) < 16 or typed not in page


def test_a_used_card_is_told_with_its_serial(stage: Stage, owner: Client) -> None:
    card, code = a_card(stage)
    confirm(owner, quoted(owner, code))

    assert card.serial[:6] in owner.post("/my/redeem/", {"code": code}).content.decode()


def test_a_ticket_lasts_an_hour_and_cannot_be_forged(stage: Stage, owner: Client, monkeypatch: Any) -> None:
    page = quoted(owner, a_card(stage)[1])
    digest = DIGEST.search(page)
    assert digest
    forged = owner.post("/my/redeem/confirm/", {"digest": digest[1], "ticket": "forged:ticket"})
    assert forged.status_code == 410

    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert confirm(owner, page).status_code == 410
    assert not Redemption.objects.exists()


def test_a_visitor_gets_a_ticket_first_and_redeems_after_signing_in(stage: Stage, owner: Client) -> None:
    card, code = a_card(stage)
    visitor = Client()

    page = visitor.post("/redeem/", {"code": code}).content.decode()
    assert "Your card is good" in page
    assert code not in page
    assert code not in str(dict(visitor.session))
    assert visitor.get("/my/redeem/").status_code == 302

    visitor.force_login(Membership.objects.get(account=stage.account).user)
    confirm(visitor, visitor.get("/my/redeem/").content.decode())
    card.refresh_from_db()
    assert card.status == "redeemed"


def test_members_who_may_not_redeem_are_told_so(stage: Stage, owner: Client) -> None:
    client = Client()
    client.force_login(make_member(account=stage.account, portal="subscriber", role="member").user)

    assert client.get("/my/redeem/").status_code == 403


def test_no_session_and_no_row_keeps_the_secret(stage: Stage, owner: Client) -> None:
    _, code = a_card(stage)
    quoted(owner, code)

    assert code not in str(dict(owner.session))
    assert not Card.objects.filter(serial__contains=code).exists()


def test_whoever_is_made_to_wait_reads_until_when_on_their_own_clock(stage: Stage, owner: Client) -> None:
    account = Account.objects.get(id=stage.account.id)
    for _ in range(5):
        owner.post("/my/redeem/", {"code": draw(1)[0]})
    last = RedemptionAttempt.objects.latest("at").at
    until = (last + timedelta(minutes=15)).astimezone(ZoneInfo(account.time_zone)).strftime("%H:%M")

    page = owner.post("/my/redeem/", {"code": draw(1)[0]}).content.decode()
    unreadable = owner.post(
        "/my/redeem/unreadable/", {"serial": a_card(stage)[0].serial, "code": draw(1)[0]}
    ).content.decode()  # fmt: skip

    for told in (page, unreadable):
        assert "You can try again from" in told
        assert f"{until}</time></b> ({formats.zone(account.time_zone)})" in told
    assert "You can try again from" not in owner.get("/my/redeem/").content.decode()


def test_a_visitor_who_is_made_to_wait_reads_until_when_too(stage: Stage) -> None:
    visitor = Client(REMOTE_ADDR="203.0.113.5")
    for _ in range(5):
        visitor.post("/redeem/", {"code": draw(1)[0]})

    page = visitor.post("/redeem/", {"code": draw(1)[0]}).content.decode()

    assert "You can try again from" in page
    assert f"</time></b> ({formats.zone(provider_account().time_zone)})" in page
