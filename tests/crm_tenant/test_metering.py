"""What happens in a workspace is what the meters count: each seat and each customer record once."""

from __future__ import annotations

from typing import Any

import pytest

from crm_tenant.errors import RecordsFull
from crm_tenant.models import Company
from crm_tenant.operations.customers import CompanyDetails, archive_customer, create_company, restore_customer
from crm_tenant.operations.metering import count_opening
from crm_tenant.operations.workspaces import free_seat, seat_member, take_seat
from crm_tenant.queries.metering import counted_records
from plans.models import Entitlement, UsageEvent
from provider.accounts.models import Account
from provider.accounts.operations.team import remove_member
from provider.kernel import laws, outbox
from provider.kernel.actor import SYSTEM
from tests.factories import AT, make_member
from tests.plans.factories import make_metered_subscription, make_subscription, make_version, publish_row

from .conftest import Office, make_office

pytestmark = pytest.mark.django_db


def metered(account: Account) -> None:
    """The account's plan counts seats and records."""
    make_metered_subscription("seats", "records", account=account)


def signed_up(*, name: str = "Lianhua") -> Office:
    office = make_office(name=name)
    metered(office.account)
    outbox.drain()
    return office


def seats_of(account: Account) -> list[tuple[str, bool]]:
    rows = UsageEvent.objects.filter(account_id=account.id).exclude(item="").order_by("at", "id")
    return list(rows.values_list("item", "is_removal"))


def broken() -> list[str]:
    return [law.name for law in laws.known() if law.name.startswith("crm_") and not laws.check(law).holds]


def company(office: Office, name: str) -> Company:
    details = CompanyDetails(name=name)
    return create_company(workspace_id=office.workspace.id, details=details, by=office.by, at=AT)


def test_records_are_counted_as_they_come_go_and_come_back() -> None:
    office = signed_up()
    given: dict[str, Any] = {"workspace_id": office.workspace.id, "by": office.by, "at": AT}
    first, _ = company(office, "One"), company(office, "Two")
    archive_customer(model=Company, record_id=first.id, **given)
    archive_customer(model=Company, record_id=first.id, **given)
    outbox.drain()
    assert counted_records(account_id=office.account.id, source="crm") == 1
    restore_customer(model=Company, record_id=first.id, **given)
    outbox.drain()
    assert counted_records(account_id=office.account.id, source="crm") == 2
    assert broken() == []


def test_a_seat_is_counted_from_joining_to_leaving() -> None:
    office = signed_up()
    colleague = make_member(account=office.account, portal="subscriber", role="member")
    seat_member(account_id=office.account.id, user_id=colleague.user_id, by=SYSTEM, at=AT)
    seat_member(account_id=office.account.id, user_id=colleague.user_id, by=SYSTEM, at=AT)
    outbox.drain()
    remove_member(account_id=office.account.id, membership_id=colleague.id, by=office.by, at=AT)
    outbox.drain()
    mine, theirs = str(office.member.user_id), str(colleague.user_id)
    assert seats_of(office.account) == [(mine, False), (theirs, False), (theirs, True)]


def test_a_seat_that_was_taken_away_comes_back_only_when_given() -> None:
    office = signed_up()
    given: dict[str, Any] = {"workspace_id": office.workspace.id, "user_id": office.member.user_id, "at": AT}
    free_seat(by=SYSTEM, **given)
    assert seat_member(account_id=office.account.id, user_id=office.member.user_id, by=SYSTEM, at=AT) is None
    assert take_seat(name="Mei", by=office.by, **given).ended_at is None


def test_what_was_there_before_the_first_subscription_is_told_with_it() -> None:
    office = make_office(name="Early")
    company(office, "One")
    outbox.drain()
    assert counted_records(account_id=office.account.id, source="crm") == 0
    metered(office.account)
    count_opening(account_id=office.account.id, at=AT)
    count_opening(account_id=office.account.id, at=AT)
    assert counted_records(account_id=office.account.id, source="crm") == 1
    assert seats_of(office.account) == [(str(office.member.user_id), False)]


def test_the_laws_find_a_count_that_is_wrong() -> None:
    office = signed_up()
    company(office, "One")
    outbox.drain()
    assert broken() == []
    type(office.workspace).objects.update(record_count=5)
    assert broken() == ["crm_record_count_is_the_records"]


def test_an_account_that_nobody_counts_for_is_left_in_peace() -> None:
    office = make_office(name="Free")
    company(office, "One")
    outbox.drain()
    assert not UsageEvent.objects.filter(account_id=office.account.id).exists()


def test_beyond_a_limit_that_stops_no_record_is_added() -> None:
    office = make_office(name="Small")
    version = make_version()
    Entitlement.objects.create(version=version, feature="records", limit=1, stops_at_limit=True)
    make_subscription(account=office.account, version=publish_row(version))
    first = company(office, "One")

    with pytest.raises(RecordsFull):
        company(office, "Two")
    archive_customer(workspace_id=office.workspace.id, model=Company, record_id=first.id, by=office.by, at=AT)

    assert company(office, "Three").name == "Three"
