"""Machines offer coupons, give and close them, and keep prepaid balances: topped up once, taken back unused."""

from __future__ import annotations

import pytest

from invoices.operations.balances import top_up
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from provider.kernel.money import Money
from tests.api.conftest import assert_problem, caller_for
from tests.factories import AT, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(provider: Account) -> Account:
    return make_account(name="Hengtai", currency="CNY")


def test_a_coupon_is_made_given_once_and_closed(provider: Account, account: Account) -> None:
    machine = caller_for(provider, portal="provider")
    wish = {"code": "SPRING-20", "percent": "20", "times": 3, "only": {"charges": ["base"]}}

    made = machine.post("/coupons", wish, key="coupon-1")
    assert machine.post("/coupons", wish, key="coupon-1").json() == made.json()
    assert (made.status_code, made.json()["percent"], made.json()["only"]) == (201, "20", {"charges": ["base"]})
    assert_problem(machine.post("/coupons", wish), status=409, code="coupon_code_taken")
    both = {"code": "BOTH", "percent": "20", "amount": "5", "currency": "CNY"}
    assert_problem(machine.post("/coupons", both), status=422, code="coupon_unfit")
    assert_problem(machine.post("/coupons", {"code": "LOST", "amount": "5"}), status=422, code="coupon_unfit")
    for far in ("9999-12-31T20:00:00Z", "0001-01-01T00:00:00Z"):
        beyond = machine.post("/coupons", {"code": "FAR", "percent": "5", "expires_at": far})
        assert_problem(beyond, status=422, code="invalid_request")
    dollars = machine.post("/coupons", {"code": "FIVE", "amount": "5.00", "currency": "USD"}).json()

    of_account = f"/accounts/{account.id}/coupons"
    given = machine.post(of_account, {"coupon_id": made.json()["id"]})
    assert (given.status_code, given.json()["code"], given.json()["taken_off"]) == (201, "SPRING-20", "0.00")
    twice = machine.post(of_account, {"coupon_id": made.json()["id"]})
    assert_problem(twice, status=409, code="coupon_applied_already")
    unused = machine.post(of_account, {"coupon_id": dollars["id"]})
    assert_problem(unused, status=422, code="currency_unused")
    closed = machine.post(f"/coupons/{dollars['id']}/close")
    assert closed.json()["closed_at"]
    late = machine.post(of_account, {"coupon_id": dollars["id"]})
    assert_problem(late, status=409, code="coupon_closed")

    end = f"{of_account}/{given.json()['id']}/end"
    assert machine.post(end, {"reason": "By mistake"}).json()["ended_at"]
    assert_problem(machine.post(end, {}), status=409, code="coupon_ended")
    until = {"coupon_id": made.json()["id"], "ends_at": "2099-01-01T00:00:00Z"}
    assert machine.post(of_account, until).json()["ended_at"].startswith("2099-01-01")

    listed = machine.get("/coupons", is_closed="false").json()["items"]
    assert [(one["code"], one["accounts"]) for one in listed] == [("SPRING-20", 1)]
    tester = caller_for(provider, portal="provider", is_test=True)
    of_nobody = tester.get("/coupons", is_closed="false").json()["items"]
    assert [(one["code"], one["accounts"]) for one in of_nobody] == [("SPRING-20", 0)]
    assert [one["code"] for one in machine.get(of_account).json()["items"]] == ["SPRING-20", "SPRING-20"]
    tester = caller_for(provider, portal="provider", is_test=True)
    assert_problem(tester.post("/coupons", wish | {"code": "T"}), status=404, code="not_found")
    assert_problem(tester.post(of_account, {"coupon_id": made.json()["id"]}), status=404, code="not_found")


def test_a_balance_is_topped_up_once_read_by_its_owner_and_taken_back(provider: Account, account: Account) -> None:
    machine = caller_for(provider, portal="provider")
    address = f"/accounts/{account.id}/balances"
    wish = {"amount": "500.00", "currency": "CNY", "reference": "T-7", "priority": 1}

    made = machine.post(address, wish)
    assert (made.status_code, made.json()["left"], made.json()["source"]) == (201, "500.00", "transfer")
    assert machine.post(address, wish).json()["id"] == made.json()["id"]
    assert_problem(machine.post(address, wish | {"amount": "1"}), status=409, code="top_up_differs")
    other = wish | {"reference": "T-8"}
    assert_problem(machine.post(address, other | {"amount": "0"}), status=422, code="top_up_not_positive")
    assert_problem(machine.post(address, other | {"currency": "USD"}), status=422, code="currency_unused")
    gone = other | {"expires_at": "2020-01-01T00:00:00Z"}
    assert_problem(machine.post(address, gone), status=422, code="top_up_expired")
    nameless = machine.post(address, wish | {"reference": " "})
    assert_problem(nameless, status=422, code="reference_missing")  # else the next one would be taken for the same
    never = machine.post(address, other | {"expires_at": "9999-12-31T20:00:00Z"})
    assert_problem(never, status=422, code="invalid_request")
    given = top_up(
        account_id=account.id, amount=Money(1000, "CNY"), source_kind="redemption", source_id="r-1", by=SYSTEM, at=AT
    )

    own = caller_for(account).get(address, is_usable="true").json()["items"]
    assert [(one["source"], one["left"]) for one in own] == [("redemption", "10.00"), ("transfer", "500.00")]
    assert_problem(caller_for(make_account(name="Stranger")).get(address), status=404, code="not_found")
    of_card = machine.post(f"/balances/{given.id}/take-back")
    assert_problem(of_card, status=409, code="top_up_of_another")
    rest = f"/balances/{made.json()['id']}/take-back-rest"
    assert_problem(machine.post(rest, {"reason": "Twice", "left": "1.00"}), status=409, code="facts_changed")
    gift = machine.post(address, other | {"source": "gift", "amount": "20", "reason": "Sorry"}).json()
    rested = machine.post(f"/balances/{gift['id']}/take-back-rest", {"reason": "By mistake", "left": "20.00"})
    assert (gift["source"], rested.json()["left"]) == ("gift", "0.00")
    empty = machine.post(f"/balances/{gift['id']}/take-back-rest", {"reason": "Again"})
    assert_problem(empty, status=409, code="balance_empty")
    of_a_card = machine.post(f"/balances/{given.id}/take-back-rest", {"reason": "By mistake"})
    assert_problem(of_a_card, status=409, code="top_up_of_another")
    back = machine.post(f"/balances/{made.json()['id']}/take-back")
    assert (back.status_code, back.json()["left"]) == (200, "0.00")
    spent = machine.post(f"/balances/{made.json()['id']}/take-back")
    assert_problem(spent, status=409, code="balance_spent")
