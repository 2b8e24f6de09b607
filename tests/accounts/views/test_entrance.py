"""Signing in, second factors, changed addresses, sessions: what happens and what nobody is told."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from provider.accounts.models import Account, Membership, Portal, User
from provider.kernel.models import AuditRow
from tests.accounts.conftest import Letters
from tests.accounts.people import PASSWORD, make_member, make_subscriber, make_user, sign_in

pytestmark = pytest.mark.django_db
LOGIN = "/auth/login/"


@pytest.fixture
def owner(provider: Account) -> Membership:
    return make_member(make_subscriber(provider), "li@example.com")


@pytest.fixture
def operator(provider: Account) -> Membership:
    return make_member(provider, "op@example.com", role="operator", portal=Portal.PROVIDER)


def totp_code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_address_and_password_sign_in_and_it_is_on_record(client: Client, owner: Membership, letters: Letters) -> None:
    answer = client.post(LOGIN, {"login": "LI@example.com", "password": PASSWORD})

    assert answer["Location"] == "/"
    assert is_in(client)
    assert (
        AuditRow.objects.filter(verb="user.signed_in", user_id=owner.user_id).exists()
        or AuditRow.objects.filter(verb="user.signed_in", subject_id=str(owner.user_id)).exists()
    )


def body(answer: object) -> str:
    text = answer.content.decode()  # type: ignore[attr-defined]
    return re.sub(r'(csrfmiddlewaretoken" value="|data-csrf=")[^"]*|[0-9a-f]{8}-[0-9a-f-]{27}', "", text)


def test_a_wrong_password_and_an_unknown_address_are_the_same_answer(owner: Membership, letters: Letters) -> None:
    wrong = Client().post(LOGIN, {"login": "li@example.com", "password": "not this one"})
    unknown = Client().post(LOGIN, {"login": "xx@example.com", "password": "not this one"})

    assert wrong.status_code == unknown.status_code == 200
    assert body(wrong).replace("li@", "xx@") == body(unknown)
    assert letters == []


@pytest.mark.parametrize(
    ("path", "field", "known_letter"),
    [("/auth/password/forgotten/", "email", "password_reset"), ("/auth/code/", "contact", "sign_in_code")],
)
def test_asking_for_a_code_never_tells_who_is_here(
    owner: Membership, letters: Letters, path: str, field: str, known_letter: str
) -> None:
    answers = []
    for address in ("li@example.com", "xx@example.com"):
        client = Client()
        first = client.post(path, {field: address})
        second = client.get(first["Location"])
        third = client.post(first["Location"], {"code": "0000-0000"})
        answers.append([(first.status_code, first["Location"])] + [
            (page.status_code, body(page).replace(address, "ADDRESS")) for page in (second, third)
        ])  # fmt: skip

    assert answers[0] == answers[1]
    assert letters.keys() == [known_letter, "unknown_address_notice"]


def test_an_unknown_number_is_not_written_to(owner: Membership, letters: Letters) -> None:
    answer = Client().post("/auth/code/", {"contact": "+8613800138000"})

    assert answer.status_code == 302
    assert letters == []


def test_a_code_signs_in(client: Client, owner: Membership, letters: Letters) -> None:
    answer = client.post("/auth/code/", {"contact": "li@example.com"})
    client.post(answer["Location"], {"code": letters.code()})

    assert is_in(client)


def test_the_third_wrong_code_ends_it(client: Client, owner: Membership, letters: Letters) -> None:
    where = client.post("/auth/code/", {"contact": "li@example.com"})["Location"]
    for number in range(3):
        client.post(where, {"code": f"0000-000{number}"})
    client.post(where, {"code": letters.code()})

    assert not is_in(client)


def test_a_forgotten_password_is_replaced_by_a_code(client: Client, owner: Membership, letters: Letters) -> None:
    where = client.post("/auth/password/forgotten/", {"email": "li@example.com"})["Location"]
    where = client.post(where, {"code": letters.code()})["Location"]
    done = client.post(where, {"password1": "another long sentence"})

    assert done.status_code == 302
    assert "password_changed" in set(letters.keys())
    assert Client().post(LOGIN, {"login": "li@example.com", "password": PASSWORD}).status_code == 200
    assert Client().post(LOGIN, {"login": "li@example.com", "password": "another long sentence"}).status_code == 302


def test_five_wrong_passwords_and_the_right_one_has_to_wait(owner: Membership, letters: Letters) -> None:
    client = Client()
    for _ in range(5):
        client.post(LOGIN, {"login": "li@example.com", "password": "wrong wrong wrong"})

    answer = client.post(LOGIN, {"login": "li@example.com", "password": PASSWORD})

    assert "Too many tries" in answer.content.decode()
    assert not is_in(client)


def test_wrong_tries_at_one_number_do_not_lock_another(owner: Membership, letters: Letters) -> None:
    make_user(phone="+8613800138000")
    for _ in range(6):
        Client().post(LOGIN, {"login": "+86 139 0013 9000", "password": "wrong wrong wrong"})

    client = Client()
    client.post(LOGIN, {"login": "+86 138 0013 8000", "password": PASSWORD}, REMOTE_ADDR="198.51.100.9")
    assert is_in(client)


def test_a_device_not_seen_before_is_told_once(owner: Membership, letters: Letters) -> None:
    client = Client()
    for _ in range(2):
        client.post(LOGIN, {"login": "li@example.com", "password": PASSWORD})
        client.post("/auth/logout/")

    assert letters.keys() == ["new_sign_in"]


def test_nobody_is_sent_to_another_site(owner: Membership, letters: Letters) -> None:
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        client = Client()
        answer = client.post(
            f"{LOGIN}?next={target}", {"login": "li@example.com", "password": PASSWORD, "next": target}
        )
        assert answer["Location"] == "/"


@pytest.mark.parametrize(
    "path",
    ["/auth/signup/passkey/", "/auth/passkeys/signup/", "/auth/trust/", "/auth/social/", "/auth/confirm-email/x/"],
)
def test_pages_of_the_library_that_we_do_not_use_do_not_exist(client: Client, provider: Account, path: str) -> None:
    assert client.get(path).status_code == 404


# --- Second factor ---


def test_staff_without_a_second_factor_reach_only_its_set_up(
    client: Client, operator: Membership, letters: Letters
) -> None:
    client.post(LOGIN, {"login": "op@example.com", "password": PASSWORD})

    for path in ("/team/", "/settings/", "/settings/account/"):
        assert client.get(path)["Location"] == "/auth/second-factor/"
    page = client.get("/auth/second-factor/")
    assert page.status_code == 200
    assert "Set one up" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_setting_up_an_app_lets_staff_in_and_they_are_told(
    client: Client, operator: Membership, letters: Letters
) -> None:
    client.post(LOGIN, {"login": "op@example.com", "password": PASSWORD})
    page = client.get("/auth/second-factor/app/")
    secret = client.session["mfa.totp.secret"]
    assert secret in page.content.decode()

    answer = client.post("/auth/second-factor/app/", {"code": totp_code(secret)})

    assert answer.status_code == 302
    assert client.get("/team/").status_code == 200
    assert letters.the("second_factor_changed")["params"]["change"] == "totp_added"
    assert secret not in str(Authenticator.objects.get(type="totp").data)  # sealed


def test_the_next_sign_in_asks_for_it(operator: Membership, letters: Letters) -> None:
    TOTP.activate(operator.user, "JBSWY3DPEHPK3PXP")
    client = Client()
    answer = client.post(LOGIN, {"login": "op@example.com", "password": PASSWORD})
    assert answer["Location"] == "/auth/second-factor/prove/"
    assert not is_in(client)

    wrong = client.post("/auth/second-factor/prove/", {"code": "000000"})
    assert wrong.status_code == 200
    client.post("/auth/second-factor/prove/", {"code": totp_code("JBSWY3DPEHPK3PXP")})
    assert client.get("/team/").status_code == 200


def test_a_session_from_before_the_promotion_has_to_prove_it(client: Client, operator: Membership) -> None:
    TOTP.activate(operator.user, "JBSWY3DPEHPK3PXP")
    sign_in(client, operator, with_second_factor=False)

    assert client.get("/team/")["Location"] == "/auth/again/code/?next=%2Fteam%2F"


def test_staff_cannot_take_off_their_last_second_factor(client: Client, operator: Membership, letters: Letters) -> None:
    TOTP.activate(operator.user, "JBSWY3DPEHPK3PXP")
    sign_in(client, operator)

    answer = client.post("/auth/second-factor/app/remove/")

    assert "Your role needs a second factor" in answer.content.decode()
    assert Authenticator.objects.filter(user=operator.user, type="totp").exists()


def test_a_subscriber_may_take_it_off(client: Client, owner: Membership, letters: Letters) -> None:
    TOTP.activate(owner.user, "JBSWY3DPEHPK3PXP")
    sign_in(client, owner)
    client.post("/auth/second-factor/app/remove/")

    assert not Authenticator.objects.filter(user=owner.user).exists()
    assert letters.the("second_factor_changed")["params"]["change"] == "totp_removed"


# --- Addresses, password, sessions ---


def test_a_new_address_counts_when_its_code_is_typed_and_the_old_one_is_told(
    client: Client, owner: Membership, letters: Letters
) -> None:
    sign_in(client, owner)
    client.post("/auth/email/", {"email": "new@example.com", "action_add": "1"})
    assert letters.the("email_change_code")["to_email"] == "new@example.com"
    assert User.objects.get(id=owner.user_id).email == "li@example.com"

    client.post("/auth/email/code/", {"code": letters.code()})

    assert User.objects.get(id=owner.user_id).email == "new@example.com"
    assert letters.the("email_changed_notice")["to_email"] == "li@example.com"
    row = AuditRow.objects.get(verb="user.email_changed")
    assert (row.before, row.after) == ({"email": "li@example.com"}, {"email": "new@example.com"})


def test_a_taken_new_address_answers_like_a_free_one(owner: Membership, letters: Letters) -> None:
    make_user("old@example.com")
    answers = []
    for address in ("new@example.com", "old@example.com"):
        client = sign_in(Client(), owner)
        answer = client.post("/auth/email/", {"email": address, "action_add": "1"})
        page = client.get(answer["Location"])
        answers.append((answer.status_code, answer["Location"], body(page).replace(address, "ADDRESS")))

    assert answers[0] == answers[1]


def test_a_mobile_number_is_added_by_its_code(client: Client, owner: Membership, letters: Letters) -> None:
    sign_in(client, owner)
    client.post("/auth/phone/", {"phone": "+86 138 0013 8000"})
    client.post("/auth/phone/code/", {"code": letters.code()})

    assert User.objects.get(id=owner.user_id).phone == "+8613800138000"


def test_a_changed_password_ends_all_other_sessions(owner: Membership, letters: Letters) -> None:
    here, there = sign_in(Client(), owner), sign_in(Client(), owner)
    here.post("/auth/password/", {"password1": "another long sentence"})

    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 302
    assert letters.the("password_changed")


def test_after_ten_minutes_what_is_dangerous_asks_again(client: Client, owner: Membership) -> None:
    sign_in(client, owner)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0, "reauthenticated": True}]
    session.save()

    assert client.post("/auth/password/", {"password1": "x"})["Location"].startswith("/auth/again/")
    answer = client.post("/settings/api-keys/new/", {"name": "x"})
    assert answer["Location"].startswith("/auth/again/")


def test_devices_are_listed_and_signed_out_one_by_one_or_all(owner: Membership, letters: Letters) -> None:
    clients = [Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0") for _ in range(3)]
    for client in clients:
        client.post(LOGIN, {"login": "li@example.com", "password": PASSWORD})
    page = clients[0].get("/auth/sessions/").content.decode()
    assert page.count("Firefox · Windows") == 3

    pk = re.search(r"/auth/sessions/(\d+)/end/", page)
    assert pk
    clients[0].post(f"/auth/sessions/{pk[1]}/end/")
    assert sum(client.get("/settings/").status_code == 200 for client in clients) == 2
    clients[0].post("/auth/sessions/")
    assert [client.get("/settings/").status_code for client in clients] == [200, 302, 302]


def test_another_users_session_is_not_there(owner: Membership, letters: Letters) -> None:
    mine, other = Client(), Client()
    make_user("xx@example.com")
    mine.post(LOGIN, {"login": "li@example.com", "password": PASSWORD})
    other.post(LOGIN, {"login": "xx@example.com", "password": PASSWORD})
    from allauth.usersessions.models import UserSession

    pk = UserSession.objects.get(user=owner.user).pk
    assert other.post(f"/auth/sessions/{pk}/end/").status_code == 404
    assert mine.get("/settings/").status_code == 200
