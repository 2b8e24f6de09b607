"""A program of the provider at the plans' desk, and a plan on sale with its draft."""

from __future__ import annotations

import pytest

from plans.models import ChargePrice
from provider.accounts.models import Account
from tests.api.conftest import Caller, caller_for, make_account

from .factories import make_charge, make_meter, make_plan, make_version, publish_row
from .replaying import Two


@pytest.fixture
def provider(db: None) -> Account:
    return make_account("The provider", portal="provider")


@pytest.fixture
def machine(provider: Account) -> Caller:
    return caller_for(provider, portal="provider")


@pytest.fixture
def versions(provider: Account) -> Two:
    """“team” on sale: 100 a month, calls at 0.50; and its draft: 80 a month, calls at 1.00."""
    plan = make_plan(seller=provider, code="team", name="Team")
    meter = make_meter("calls", seller=provider)
    made = []
    for number, base, call in ((1, "100", "0.5"), (2, "80", "1")):
        version = make_version(plan=plan, number=number, currencies=["CNY"])
        for charge, price in ((make_charge(version), base), (make_charge(version, meter=meter), call)):
            for currency in ("CNY", "EUR") if number == 1 else ("CNY",):
                ChargePrice.objects.create(charge=charge, currency=currency, price=price)
        made.append(publish_row(version) if number == 1 else version)
    return made[0], made[1]
