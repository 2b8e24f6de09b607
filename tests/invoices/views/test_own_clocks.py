"""Lists over many accounts filter by the clock that the badges show: each account's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from provider.accounts.models import Account
from provider.kernel import clock
from tests.factories import make_account
from tests.invoices.factories import make_coupon, make_held, make_lot

pytestmark = pytest.mark.django_db


def rows_of(client: Client, url: str) -> dict[str, str]:
    """The account in each row, with the whole row."""
    page = client.get(url).content.decode()
    rows = [row.partition("</tr>")[0] for row in page.partition("<tbody")[2].split("<tr")[1:]]
    return {name: row for name in ("Real", "Ahead", "Behind") for row in rows if name in row}


@pytest.fixture
def accounts() -> list[Account]:
    """By the real clock, a year ahead of it, and a year behind."""
    year = timedelta(days=365)
    clocks: dict[str, Any] = {
        "Real": {},
        "Ahead": {"is_test": True, "test_clock_at": clock.now() + year},
        "Behind": {"is_test": True, "test_clock_at": clock.now() - year},
    }
    return [make_account(name=name, **facts) for name, facts in clocks.items()]


@pytest.mark.parametrize(
    ("days", "over"), [(30, ["Ahead"]), (-30, ["Real", "Ahead"])], ids=["ends-next-month", "ended-last-month"]
)
def test_prepaid_money_is_filtered_by_the_clock_of_its_account(
    finance: Client, accounts: list[Account], days: int, over: list[str]
) -> None:
    for account in accounts:
        make_lot(account, expires_at=clock.now() + timedelta(days=days))

    expired, usable = (rows_of(finance, f"/operator/balances/?state={state}") for state in ("expired", "usable"))

    assert sorted(expired) == sorted(over)
    assert sorted(usable) == sorted({"Real", "Ahead", "Behind"} - set(over))
    assert all("Expired" in row for row in expired.values())
    assert not any("Expired" in row for row in usable.values())


@pytest.mark.parametrize(
    ("days", "over"), [(30, ["Ahead"]), (-30, ["Real", "Ahead"])], ids=["ends-next-month", "ended-last-month"]
)
def test_who_has_a_coupon_is_filtered_and_counted_by_the_clock_of_each(
    finance: Client, provider: Account, accounts: list[Account], days: int, over: list[str]
) -> None:
    coupon = make_coupon(seller=provider)
    for account in accounts:
        make_held(account, coupon=coupon, ended_at=clock.now() + timedelta(days=days))

    address = f"/operator/coupons/{coupon.pk}/"
    ended, running = (rows_of(finance, f"{address}?held={state}") for state in ("ended", "running"))

    assert sorted(ended) == sorted(over)
    assert sorted(running) == sorted({"Real", "Ahead", "Behind"} - set(over))
    assert all("Ended" in row for row in ended.values())
    assert all("Running" in row for row in running.values())
    exported = finance.get("/operator/coupons/?export=csv")
    told = b"".join(exported.streaming_content if exported.streaming else [exported.content]).decode()
    assert f",{3 - len(over)}," in told
