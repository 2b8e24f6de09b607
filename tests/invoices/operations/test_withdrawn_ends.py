"""An end that was chosen for later and taken back again: no day that it had cut is lost, and none is billed twice."""

from __future__ import annotations

from datetime import date

import pytest

from invoices.operations import subscriptions
from invoices.operations.billing import bill_account
from provider.kernel.actor import SYSTEM

from .test_addons import assert_laws, at, begun, charged, do, given_back

pytestmark = pytest.mark.django_db


def test_a_period_that_opened_shortened_goes_on_to_its_whole_end() -> None:
    stage = begun()
    do(stage, subscriptions.cancel, at=at(1, 11), when=at(2, 19))
    bill_account(account_id=stage.account.pk, at=at(2, 2), by=SYSTEM)
    assert charged("main", since=date(2026, 2, 1)) == [("base", date(2026, 2, 1), date(2026, 2, 19), 19929)]

    do(stage, subscriptions.withdraw, at=at(2, 5))
    bill_account(account_id=stage.account.pk, at=at(3, 2), by=SYSTEM)

    assert charged("main", since=date(2026, 2, 1)) == [
        ("base", date(2026, 2, 1), date(2026, 2, 19), 19929),
        ("base", date(2026, 2, 19), date(2026, 3, 1), 11071),
        ("base", date(2026, 3, 1), date(2026, 4, 1), 31000),
    ]
    assert given_back("main") == []
    assert_laws()


def test_days_that_were_given_back_at_once_are_billed_again_when_they_come() -> None:
    stage = begun()
    do(stage, subscriptions.cancel, at=at(1, 11), when=at(1, 21))
    assert given_back("main") == [("base", date(2026, 1, 21), date(2026, 2, 1), 11000)]

    do(stage, subscriptions.withdraw, at=at(1, 12))
    bill_account(account_id=stage.account.pk, at=at(2, 2), by=SYSTEM)

    assert charged("main", since=date(2026, 1, 2)) == [
        ("base", date(2026, 1, 21), date(2026, 2, 1), 11000),
        ("base", date(2026, 2, 1), date(2026, 3, 1), 31000),
    ]
    assert_laws()
