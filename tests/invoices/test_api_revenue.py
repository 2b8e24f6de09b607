"""Machines read what service has earned, as of any day, and that the books say the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from invoices.operations.extras import NewLine, add_line, invoice_lines
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from tests.api.conftest import assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.factories import make_seller

pytestmark = pytest.mark.django_db


def test_earned_and_deferred_are_told_as_of_a_day_and_tie_with_the_books() -> None:
    provider = make_account(name="The provider", portal="provider")
    seller = make_seller(account=provider, tax_rate=6)
    account = make_account(name="Hengtai", email="li@hengtai.example")
    at = clock.now()
    today = clock.local_day(at=at, zone=ZoneInfo(seller.time_zone))
    line = NewLine(description="Ten days", unit_price=Decimal(10), first_on=today, last_on=today + timedelta(days=9))
    add_line(account_id=account.id, line=line, by=SYSTEM, at=at)
    invoice_lines(account_id=account.id, by=SYSTEM, at=at)
    machine = caller_for(provider, portal="provider")

    told = machine.get("/revenue", on=today.isoformat(), currency=account.currency).json()
    assert (told["month"], told["deferred"], told["plans"]) == (
        "1.00", "9.00", [{"plan": "", "month": "1.00", "year": "1.00", "deferred": "9.00"}],
    )  # fmt: skip
    assert (told["months"][-1]["earned"], told["books"]["difference"]) == ("1.00", "0.00")
    before = machine.get("/revenue", on=(today - timedelta(days=1)).isoformat(), currency=account.currency).json()
    assert (before["month"], before["deferred"]) == ("0.00", "0.00")

    ahead = machine.get("/revenue", on=(today + timedelta(days=2)).isoformat())
    assert_problem(ahead, status=422, code="day_ahead")
    assert_problem(machine.get("/revenue", currency="yuan"), status=422, code="invalid_request")
    assert_problem(caller_for(account).get("/revenue"), status=403, code="scope_missing")
    tester = caller_for(provider, portal="provider", is_test=True)
    assert_problem(tester.get("/revenue"), status=404, code="not_found")
