"""The page behind an invitation's link: taken once, by whom it was sent to, in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from provider.accounts.models import Account, Consent, Invitation, Membership
from provider.accounts.operations.team import invite_member, resend_invitation, revoke_invitation
from provider.accounts.rules.phones import Contact
from provider.accounts.rules.texts import TERMS_VERSION
from provider.kernel import clock
from tests.accounts.conftest import Letters
from tests.accounts.people import PASSWORD, as_actor, make_member, make_subscriber, make_user, sign_in

pytestmark = pytest.mark.django_db
NEW = {"name": "Wang Wei", "password": PASSWORD, "terms": "on"}


@pytest.fixture
def owner(provider: Account) -> Membership:
    return make_member(make_subscriber(provider), "li@example.com")


@pytest.fixture
def invitation(owner: Membership, letters: Letters) -> Invitation:
    return invite(owner)


def invite(owner: Membership, email: str = "wang@example.com", language: str = "en") -> Invitation:
    return invite_member(
        account_id=owner.account_id,
        portal="subscriber",
        role="member",
        contact=Contact(email=email),
        language=language,
        by=as_actor(owner),
        at=clock.now(),
    )


def link(letters: Letters) -> str:
    return f"/{letters.link()}"


def says(answer: Any) -> str:
    return str(answer.content.decode())


def places(email: str) -> list[tuple[str, str]]:
    return list(Membership.objects.filter(user__email=email).values_list("account__name", "role"))


def test_somebody_new_sets_a_password_and_is_in(invitation: Invitation, letters: Letters, client: Client) -> None:
    page = client.get(link(letters))
    assert page.status_code == 200
    assert "Lotus Trading" in says(page)

    answer = client.post(link(letters), NEW)

    assert answer.status_code == 302
    assert places("wang@example.com") == [("Lotus Trading", "member")]
    assert client.get("/settings/").status_code == 200
    assert set(Consent.objects.filter(user__email="wang@example.com").values_list("kind", "version")) == {
        ("terms", TERMS_VERSION),
        ("privacy", TERMS_VERSION),
    }


def test_nothing_is_made_before_the_form_is_right(invitation: Invitation, letters: Letters, client: Client) -> None:
    answer = client.post(link(letters), {"name": "", "password": "short"})

    assert answer.status_code == 200
    assert "This field is required" in says(answer)
    assert places("wang@example.com") == []
    assert client.post(link(letters), NEW).status_code == 302


def test_who_has_a_user_joins_with_it(invitation: Invitation, letters: Letters) -> None:
    wang = make_user("wang@example.com", name="Wang Wei")
    assert "/auth/login/" in says(Client().get(link(letters)))

    client = sign_in(Client(), wang)
    assert client.get(link(letters)).status_code == 200
    assert client.post(link(letters))["Location"] == "/"
    assert places("wang@example.com") == [("Lotus Trading", "member")]


def test_a_link_is_good_once(invitation: Invitation, letters: Letters) -> None:
    Client().post(link(letters), NEW)

    for again in (Client().get(link(letters)), Client().post(link(letters), NEW | {"name": "Somebody Else"})):
        assert again.status_code == 410
        assert "This invitation has been used" in says(again)
    assert places("wang@example.com") == [("Lotus Trading", "member")]


def test_somebody_else_cannot_take_it(invitation: Invitation, letters: Letters) -> None:
    client = sign_in(Client(), make_user("zhao@example.com", name="Zhao"))

    for answer in (client.get(link(letters)), client.post(link(letters))):
        assert answer.status_code == 403
        assert "was sent to another address" in says(answer)
    assert places("zhao@example.com") == []
    assert Client().post(link(letters), NEW).status_code == 302  # it is still there for whom it was meant


def test_after_its_week_it_is_closed(invitation: Invitation, letters: Letters) -> None:
    Invitation.objects.filter(id=invitation.id).update(expires_at=clock.now() - timedelta(seconds=1))

    for answer in (Client().get(link(letters)), Client().post(link(letters), NEW)):
        assert answer.status_code == 410
        assert "This invitation has expired" in says(answer)
    assert places("wang@example.com") == []


def test_a_withdrawn_one_is_closed(owner: Membership, invitation: Invitation, letters: Letters) -> None:
    revoke_invitation(account_id=owner.account_id, invitation_id=invitation.id, by=as_actor(owner), at=clock.now())

    answer = Client().post(link(letters), NEW)

    assert answer.status_code == 410
    assert "no longer valid" in says(answer)


def test_sent_again_only_the_new_link_opens(owner: Membership, invitation: Invitation, letters: Letters) -> None:
    old = link(letters)
    letters.clear()
    resend_invitation(account_id=owner.account_id, invitation_id=invitation.id, by=as_actor(owner), at=clock.now())

    assert Client().get(old).status_code == 404
    assert Client().post(link(letters), NEW).status_code == 302


def test_a_guessed_link_is_not_found_and_guessing_ends(db: None, settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1

    def guess(forwarded: str) -> int:
        return Client().get("/invitations/guess/", headers={"X-Forwarded-For": forwarded}).status_code

    assert {guess(f"203.0.113.{lie}, 198.51.100.7") for lie in range(30)} == {404}
    assert guess("203.0.113.99, 198.51.100.7") == 429  # what the guesser wrote into the header changes nothing
    assert guess("198.51.100.8") == 404  # somebody else behind the same proxy


def test_its_page_speaks_the_language_of_the_letter_unless_the_visitor_chose_one(
    owner: Membership, letters: Letters, client: Client
) -> None:
    invite(owner, language="zh-hant")

    assert 'lang="zh-Hant"' in says(client.get(link(letters), headers={"accept-language": "en"}))
    client.cookies["language"] = "en"
    assert 'lang="en"' in says(client.get(link(letters)))
