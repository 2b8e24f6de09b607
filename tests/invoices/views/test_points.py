"""The holder sees what points come to and exchanges them; the provider says at which rate."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from invoices.models import PointExchange, PointRate
from invoices.operations.balances import grant_points
from invoices.operations.points import set_rate
from invoices.queries.accounts import points_of
from provider.accounts.models import Account
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from provider.kernel.money import Money
from tests.api.conftest import Caller, _fresh_limits, assert_problem, caller_for, make_key
from tests.factories import AT, make_account, make_member
from tests.sessions import signed_in

__all__ = ["_fresh_limits"]
pytestmark = pytest.mark.django_db
URL = "/my/points/"
_HIDDEN = re.compile(r'name="(rate|form_key)" value="([^"]+)"')


@pytest.fixture
def provider() -> Account:
    return make_account(name="Perennial", portal="provider")


@pytest.fixture
def account(provider: Account) -> Account:
    """With 550 points."""
    made = make_account(name="Lan", portal="subscriber", currency="CNY")
    grant_points(
        account_id=made.id, points=550, currency="CNY", source_kind="gift", source_id="1", by=SYSTEM, at=AT
    )  # fmt: skip
    return made


@pytest.fixture
def owner(account: Account) -> Client:
    return signed_in(make_member(account=account, portal="subscriber", role="owner").user)


def a_rate(*, minor: int = 1_00) -> PointRate:
    amount = Money(minor, "CNY")
    return set_rate(currency="CNY", points=100, amount=amount, reason="Agreed", by=SYSTEM, at=clock.now())


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def confirm(client: Client, shown: str, points: int) -> Any:
    sent = dict(_HIDDEN.findall(shown.rsplit("What will happen", maxsplit=1)[-1]))
    return client.post(URL, sent | {"points": str(points)}, follow=True)


def test_points_are_previewed_then_exchanged_once(owner: Client, account: Account) -> None:
    assert "cannot be exchanged at the moment" in page(owner, URL)
    a_rate()
    assert "CNY 5.00" in page(owner, URL)  # what 500 of the 550 come to

    shown = page(owner, f"{URL}?points=300")
    assert "CNY 3.00" in shown
    assert points_of(account_id=account.id) == 550
    done = [confirm(owner, shown, 300).content.decode() for _ in range(2)]

    assert "300 points became" in done[0]
    assert (PointExchange.objects.count(), points_of(account_id=account.id)) == (1, 250)
    assert "250" in page(owner, "/my/")


def test_what_cannot_be_exchanged_is_said_at_the_field(owner: Client, account: Account) -> None:
    a_rate()
    assert "steps of 100" in page(owner, f"{URL}?points=150")
    assert "550 points left" in page(owner, f"{URL}?points=600")
    shown = page(owner, f"{URL}?points=300")
    a_rate(minor=50)

    again = confirm(owner, shown, 300).content.decode()

    assert "CNY 1.50" in again  # the new preview
    assert not PointExchange.objects.exists()


def test_members_who_do_not_pay_do_not_exchange(account: Account) -> None:
    a_rate()
    member = signed_in(make_member(account=account, portal="subscriber", role="member").user)
    assert member.get(URL).status_code == 403


def test_finance_sets_the_rate_and_others_read_it(provider: Account) -> None:
    finance = signed_in(make_member(account=provider, portal="provider", role="finance").user)
    support = signed_in(make_member(account=provider, portal="provider", role="support").user)
    typed = {"currency": "CNY", "points": "100", "amount": "1.50", "reason": "As agreed in spring"}

    assert support.post("/operator/points/", typed).status_code == 403
    assert not PointRate.objects.exists()
    assert "fewer decimals" in finance.post("/operator/points/", typed | {"amount": "1.505"}).content.decode()
    assert "plain figures" in finance.post("/operator/points/", typed | {"amount": "1e3"}).content.decode()
    finance.post("/operator/points/", typed)

    assert PointRate.objects.get().amount_minor == 150
    told = page(support, "/operator/points/")
    assert "As agreed in spring" in told
    assert "Set the rate" not in told


def test_customers_do_not_read_the_providers_page(owner: Client) -> None:
    assert owner.get("/operator/points/").status_code == 403


# --- By a program ---


@pytest.fixture
def shop(account: Account) -> Caller:
    return caller_for(account, scopes=["points:exchange", "balances:read"])


@pytest.mark.django_db(transaction=True)
def test_a_program_reads_exchanges_and_may_ask_again(shop: Caller, account: Account) -> None:
    url = f"/accounts/{account.id}/points"
    assert shop.get(url).json()["rate_id"] is None
    a_rate()
    told = shop.get(url).json()
    assert (told["points"], told["step"], told["amount_of_step"], told["most"], told["amount"]) == (
        550, 100, "1.00", 500, "5.00"
    )  # fmt: skip
    wish = {"points": 500, "rate_id": told["rate_id"]}

    first, second = (shop.post(f"{url}/exchange", wish, key="once") for _ in range(2))

    assert first.status_code == 201, first.content
    assert first.json() == second.json()
    assert (first.json()["amount"], shop.get(url).json()["points"]) == ("5.00", 50)
    assert_problem(shop.post(f"{url}/exchange", wish), status=409, code="points_too_few")
    assert_problem(
        shop.post(f"{url}/exchange", wish | {"points": 30}), status=422, code="points_not_whole_steps"
    )  # fmt: skip
    a_rate(minor=2_00)
    assert_problem(shop.post(f"{url}/exchange", wish), status=409, code="facts_changed")


@pytest.mark.django_db(transaction=True)
def test_anothers_points_are_not_there_and_reading_is_not_exchanging(shop: Caller, account: Account) -> None:
    other = make_account(name="Ming", portal="subscriber")
    wish = {"points": 100, "rate_id": str(a_rate().id)}
    assert_problem(shop.get(f"/accounts/{other.id}/points"), status=404, code="not_found")
    assert_problem(shop.post(f"/accounts/{other.id}/points/exchange", wish), status=404, code="not_found")
    reader = caller_for(account, scopes=["balances:read"])
    assert reader.post(f"/accounts/{account.id}/points/exchange", wish).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_program_sees_what_points_come_to_before_it_exchanges_them(shop: Caller, account: Account) -> None:
    url = f"/accounts/{account.id}/points"
    wish = {"points": 500, "rate_id": str(a_rate().id), "preview": True}

    seen = shop.post(f"{url}/exchange", wish)

    assert (seen.status_code, seen.json()["amount"], seen.json()["points_left"]) == (200, "5.00", 50)
    assert not PointExchange.objects.exists()
    refused = {"points_not_whole_steps": wish | {"points": 30}, "points_too_few": wish | {"points": 600}}
    for code, body in refused.items():
        told = [shop.post(f"{url}/exchange", body | {"preview": is_preview}) for is_preview in (True, False)]
        assert [(one.status_code, one.json()["code"]) for one in told] == [(told[0].status_code, code)] * 2
    a_rate(minor=2_00)
    assert_problem(shop.post(f"{url}/exchange", wish), status=409, code="facts_changed")
    a_rate(minor=0)
    for is_preview in (True, False):
        gone = shop.post(f"{url}/exchange", wish | {"preview": is_preview})
        assert_problem(gone, status=409, code="points_not_exchanged")
    done = shop.get(url).json()
    assert (done["points"], done["rate_id"]) == (550, None)


@pytest.mark.django_db(transaction=True)
def test_a_program_of_the_providers_sets_the_rate_and_reads_all_there_were(provider: Account) -> None:
    machine = caller_for(provider, portal="provider")
    wish = {"currency": "CNY", "points": 100, "amount": "1.50", "reason": "As agreed in spring"}

    first, again = (machine.post("/point-rates", wish, key="spring") for _ in range(2))
    assert (first.status_code, first.json()["amount"], first.json()["is_in_force"]) == (201, "1.50", True)
    assert again.json() == first.json()
    machine.post("/point-rates", wish | {"amount": "0", "reason": "Over"})
    machine.post("/point-rates", wish | {"currency": "TWD", "amount": "5"})

    listed = machine.get("/point-rates").json()["items"]
    assert [(one["currency"], one["amount"], one["is_in_force"]) for one in listed] == [
        ("TWD", "5.00", True), ("CNY", "0.00", False), ("CNY", "1.50", False)
    ]  # fmt: skip
    assert len(machine.get("/point-rates", currency="CNY").json()["items"]) == 2
    assert PointRate.objects.count() == 3

    def refused(**changes: object) -> Any:
        return machine.post("/point-rates", wish | changes)

    assert_problem(refused(amount="1.505"), status=422, code="amount_too_fine")
    assert_problem(refused(currency="XYZ"), status=422, code="unknown_currency")
    assert_problem(refused(reason=" "), status=422, code="point_rate_incomplete")
    assert refused(points=0).status_code == refused(amount="-1").status_code == refused(colour="red").status_code == 422
    assert PointRate.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_rates_are_listed_by_the_same_questions_however_many_there_are(provider: Account) -> None:
    machine = caller_for(provider, portal="provider")
    a_rate()
    with CaptureQueriesContext(connection) as of_one:
        assert len(machine.get("/point-rates").json()["items"]) == 1
    for minor in (2_00, 3_00):
        a_rate(minor=minor)
    with CaptureQueriesContext(connection) as of_three:
        assert len(machine.get("/point-rates").json()["items"]) == 3
    assert len(of_three) <= len(of_one)


@pytest.mark.django_db(transaction=True)
def test_a_rate_is_set_by_the_providers_real_keys_only(provider: Account, account: Account) -> None:
    wish = {"currency": "CNY", "points": 100, "amount": "1.50", "reason": "Mine"}
    reader = caller_for(provider, portal="provider", scopes=["rates:read"])
    tester = caller_for(provider, portal="provider")
    tester.secret = make_key(provider, portal="provider", is_test=True)[1]

    assert reader.post("/point-rates", wish).status_code == 403
    assert caller_for(account).post("/point-rates", wish).status_code == 403
    assert caller_for(account).get("/point-rates").status_code == 403
    assert_problem(tester.post("/point-rates", wish), status=404, code="not_found")
    assert not PointRate.objects.exists()
