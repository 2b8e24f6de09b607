"""Signing up: a code proves the address, then everything is made at once; a taken address looks just the same."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from provider.accounts.models import Account, Consent, Membership, Region, User
from provider.accounts.rules.texts import TERMS_VERSION
from tests.accounts.conftest import Letters
from tests.accounts.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db
SIGN_UP, CODE = "/auth/signup/", "/auth/signup/code/"


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Li Na", "contact": "li@example.com", "password": PASSWORD, "company_name": "", "region": "taipei",
        "language": "zh-hant", "time_zone": "Asia/Taipei", "currency": "TWD", "terms": "on",
    } | changes  # fmt: skip


@pytest.fixture(autouse=True)
def house(provider: Account, regions: list[Region]) -> Account:
    return provider


def test_an_e_mail_code_opens_an_account_with_everything_in_it(
    client: Client, letters: Letters, house: Account
) -> None:
    client.post(SIGN_UP, typed())
    assert User.objects.count() == 0  # nobody before the address is proved

    answer = client.post(CODE, {"code": letters.code()})

    assert answer.status_code == 302
    user = User.objects.get()
    membership = Membership.objects.select_related("account").get(user=user)
    account = membership.account
    assert (user.email, user.name, user.language) == ("li@example.com", "Li Na", "zh-hant")
    assert (membership.portal, membership.role) == ("subscriber", "owner")
    assert (account.name, account.country, account.currency, account.time_zone) == ("Li Na", "TW", "TWD", "Asia/Taipei")
    assert account.parent_id == house.id
    assert user.emailaddress_set.get().verified
    assert client.get("/settings/").status_code == 200


def test_what_was_agreed_to_is_kept_with_version_language_and_place(client: Client, letters: Letters) -> None:
    client.post(SIGN_UP, typed())
    client.post(CODE, {"code": letters.code()}, REMOTE_ADDR="192.0.2.44")

    kept = Consent.objects.values_list("kind", "version", "language", "address")
    assert set(kept) == {
        ("terms", TERMS_VERSION, "zh-hant", "192.0.2.44"), ("privacy", TERMS_VERSION, "zh-hant", "192.0.2.44"),
    }  # fmt: skip


def test_a_mobile_number_does_as_well(client: Client, letters: Letters) -> None:
    client.post(SIGN_UP, typed(contact="+86 138 0013 8000", company_name="Lotus"))
    assert letters.the("phone_code")["to_phone"] == "+8613800138000"
    client.post(CODE, {"code": letters.code()})

    user = User.objects.get()
    assert (user.phone, user.email) == ("+8613800138000", None)
    assert user.phone_verified_at
    assert client.get("/settings/").status_code == 200
    client.post("/auth/logout/")
    client.post(
        "/auth/login/", {"login": "138 0013 8000", "password": PASSWORD}, headers={"cookie": "tz=Asia/Shanghai"}
    )
    assert client.get("/settings/").status_code in (200, 302)


def test_a_number_without_country_is_read_as_one_of_the_readers_country(client: Client, letters: Letters) -> None:
    client.cookies["tz"] = "Asia/Taipei"
    client.post(SIGN_UP, typed(contact="0912 345 678"))

    assert letters.the("phone_code")["to_phone"] == "+886912345678"


def test_where_letters_stay_on_the_machine_the_page_of_the_code_leads_to_them(
    client: Client, letters: Letters, settings: Any
) -> None:
    code_page = client.post(SIGN_UP, typed(), follow=True).content.decode()
    assert 'href="/dev/mailbox/"' in code_page

    settings.EMAIL_GATEWAY = "smtp"
    assert "/dev/mailbox/" not in client.get("/auth/signup/code/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "required"),
        ("contact", "li@", "e-mail address, or a mobile number"),
        ("contact", "12345", "e-mail address, or a mobile number"),
        ("contact", "", "required"),
        ("password", "short", "too short"),
        ("password", "1234567890", "entirely numeric"),
        ("password", "li@example.com", "too similar"),
        ("time_zone", "Mars/Olympus", "not a time zone"),
        ("currency", "QQQ", "Nothing is sold in this currency"),
        ("language", "tlh", "valid choice"),
        ("region", "atlantis", "valid choice"),
        ("terms", "", "accept the terms"),
    ],
)
def test_each_wrong_answer_gets_a_sentence_at_its_field(
    client: Client, letters: Letters, field: str, value: str, words: str
) -> None:
    answer = client.post(SIGN_UP, typed(**{field: value}))

    assert answer.status_code == 200
    assert words in " ".join(answer.context["form"].errors[field])
    assert letters == []


def without_what_always_differs(body: bytes) -> str:
    import re

    return re.sub(r'(csrfmiddlewaretoken" value="|data-csrf=")[^"]*|[0-9a-f]{8}-[0-9a-f-]{27}', "", body.decode())


def walk(contact: str) -> tuple[list[tuple[int, str, str]], list[int], Client]:
    """Everything that a visitor sees from the form to the third wrong code, and the number of queries of each step."""
    client, seen, counts = Client(), [], []
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("post", SIGN_UP, typed(contact=contact)), ("get", CODE, {}), ("post", CODE, {"action": "resend"}),
        ("get", CODE, {}), ("post", CODE, {"code": "0000-0000"}), ("post", CODE, {"code": "0000-0001"}),
        ("post", CODE, {"code": "0000-0002"}), ("get", SIGN_UP, {}),
    ]  # fmt: skip
    for method, path, data in steps:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = getattr(client, method)(path, data)
        body = without_what_always_differs(answer.content).replace(contact, "CONTACT")
        seen.append((answer.status_code, answer.get("Location", ""), body))
        counts.append(len(queries))
    return seen, counts, client


@pytest.mark.parametrize(
    ("free", "taken", "notice"),
    [
        ("new@example.com", "old@example.com", "email_taken_notice"),
        ("+8613800138001", "+8613800138000", "phone_taken_notice"),
    ],
)
def test_a_taken_address_sees_what_a_free_one_sees_and_its_owner_is_told(
    letters: Letters, free: str, taken: str, notice: str
) -> None:
    shown = {"+8613800138001": "+86 138 0013 8001", "+8613800138000": "+86 138 0013 8000"}
    make_user("old@example.com", phone="+8613800138000")
    seen_free, queries_free, _ = walk(free)
    letters.clear()
    seen_taken, queries_taken, _ = walk(taken)

    def plain(seen: list[tuple[int, str, str]], contact: str) -> list[tuple[int, str, str]]:
        return [(status, where, body.replace(shown.get(contact, contact), "CONTACT")) for status, where, body in seen]

    assert plain(seen_taken, taken) == plain(seen_free, free)
    assert queries_taken == queries_free
    assert letters.keys() == [notice, notice]  # the owner reads it; no code goes anywhere
    assert User.objects.count() == 1


def test_three_wrong_codes_and_one_starts_again(client: Client, letters: Letters) -> None:
    client.post(SIGN_UP, typed())
    first = client.post(CODE, {"code": "0000-0000"})
    assert "2 tries left" in first.context["form"].errors["code"][0]
    client.post(CODE, {"code": "0000-0001"})

    last = client.post(CODE, {"code": "0000-0002"}, follow=True)

    assert last.redirect_chain == [(SIGN_UP, 302)]
    assert "Start again" in last.content.decode()
    client.post(CODE, {"code": letters.code()})
    assert User.objects.count() == 0


def test_an_old_code_is_refused(client: Client, letters: Letters) -> None:
    client.post(SIGN_UP, typed())
    session = client.session
    session["sign_up"] = session["sign_up"] | {"until": 0}
    session.save()

    answer = client.post(CODE, {"code": letters.code()})

    assert answer["Location"] == SIGN_UP
    assert User.objects.count() == 0


def test_a_new_code_replaces_the_old_one(client: Client, letters: Letters) -> None:
    client.post(SIGN_UP, typed())
    old = letters.code()
    client.post(CODE, {"action": "resend"})
    client.post(CODE, {"code": old})
    assert User.objects.count() == 0

    client.post(CODE, {"code": letters.code()})
    assert User.objects.count() == 1


def test_nobody_can_have_a_stranger_written_to_all_day(letters: Letters) -> None:
    for _ in range(8):
        Client().post(SIGN_UP, typed())

    assert len(letters) == 5


def test_the_password_is_kept_only_as_a_hash_while_the_code_is_awaited(client: Client, letters: Letters) -> None:
    client.post(SIGN_UP, typed())

    kept = str(dict(client.session.items()))
    assert PASSWORD not in kept
    assert letters.code() not in kept


def test_an_address_taken_meanwhile_is_told_to_whoever_proved_it(client: Client, letters: Letters) -> None:
    client.post(SIGN_UP, typed())
    make_user("li@example.com")

    answer = client.post(CODE, {"code": letters.code()})

    assert "Sign in with it instead" in answer.context["form"].errors["code"][0]
    assert Account.objects.filter(profiles__portal="subscriber").count() == 0


def test_a_program_that_fills_everything_in_is_written_to_by_nobody(client: Client, letters: Letters) -> None:
    answer = client.post(SIGN_UP, typed(website="https://spam.example"))

    assert answer["Location"] == CODE
    assert letters == []
