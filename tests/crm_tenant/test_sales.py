"""What a workspace wins is told to the meter of sales: each deal once, with its value, for as long as it stays won."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from crm_tenant.models import Category, Deal, Sale, Stage
from crm_tenant.operations.deals import DealDetails, archive_deal, create_deal, edit_deal, move_deal, restore_deal
from crm_tenant.operations.imports import start_import, take_files
from crm_tenant.queries.naming import deals_by_name
from plans.models import UnmatchedEvent, UsageEvent
from plans.operations.usage import NewEvent, record_usage
from plans.queries.usage import usage_of
from plans.rules.terms import MeterTerms
from provider.kernel import clock, jobs, laws, outbox
from provider.kernel.actor import Actor
from provider.kernel.ids import new_id
from provider.kernel.tenancy import inside
from tests.console.conftest import enter
from tests.factories import AT
from tests.plans.factories import make_meter, make_metered_subscription, make_subscription, make_version, publish_row

from .conftest import Office, make_office

pytestmark = pytest.mark.django_db
SALES = MeterTerms("sales", "sum", carries_over=False)
LATER = AT + timedelta(days=1)


def signed_up() -> Office:
    office = make_office(name="Lianhua")
    make_metered_subscription("sales", account=office.account)
    outbox.drain()
    return office


def stage(office: Office, category: str) -> UUID:
    with inside(workspace_id=office.workspace.id):
        found: UUID = Stage.objects.filter(category=category).order_by("position").values_list("id", flat=True)[0]
    return found


def given(office: Office, **more: Any) -> dict[str, Any]:
    return {"workspace_id": office.workspace.id, "by": office.by, "at": AT} | more


def won(office: Office, *, amount: str = "1200.00", currency: str = "CNY", name: str = "Order") -> Deal:
    details = DealDetails(name=name, amount_minor=int(Decimal(amount) * 100), currency=currency)
    deal = create_deal(details=details, stage_id=stage(office, Category.OPEN), **given(office))
    moved = move_deal(deal_id=deal.id, stage_id=stage(office, Category.WON), **given(office))
    outbox.drain()
    return moved


def sold(office: Office) -> list[str]:
    """The values that count, as rating reads them."""
    row = UsageEvent.objects.filter(account_id=office.account.id).values_list("subscription_id", flat=True).first()
    if row is None:
        return []
    zone = AT.tzinfo
    usage = usage_of(since={row: AT - timedelta(days=30)}, zones={row: zone})[row]  # type: ignore[dict-item]
    values = usage.values(SALES, from_at=AT - timedelta(days=30), until_at=AT + timedelta(days=30))
    return [f"{value:.2f}" for value in values]


def broken() -> list[str]:
    return [law.name for law in laws.known() if law.name == "crm_sales_are_metered" and not laws.check(law).holds]


def test_a_won_deal_counts_once_until_it_is_opened_again() -> None:
    office = signed_up()
    deal = won(office)
    won(office, amount="80.50", name="Another")
    assert sold(office) == ["1200.00", "80.50"]

    move_deal(deal_id=deal.id, stage_id=stage(office, Category.OPEN), **given(office, at=LATER))
    outbox.drain()
    assert sold(office) == ["80.50"]

    again = given(office, at=LATER + timedelta(days=1))
    move_deal(deal_id=deal.id, stage_id=stage(office, Category.WON), **again)
    outbox.drain()
    assert sold(office) == ["80.50", "1200.00"]
    assert broken() == []


def test_a_deal_that_is_lost_after_all_or_put_away_counts_no_more_and_comes_back_with_it() -> None:
    office = signed_up()
    lost, away = won(office, amount="10"), won(office, amount="20", name="Another")

    move_deal(deal_id=lost.id, stage_id=stage(office, Category.LOST), reason="price", **given(office, at=LATER))
    archive_deal(deal_id=away.id, **given(office, at=LATER))
    outbox.drain()
    assert sold(office) == []

    restore_deal(deal_id=away.id, **given(office, at=LATER))
    outbox.drain()
    assert sold(office) == ["20.00"]
    assert broken() == []


def test_another_value_counts_in_place_of_the_first() -> None:
    office = signed_up()
    deal = won(office)
    version, details = deal.version, DealDetails(name="Order", amount_minor=90_000, currency="CNY")
    edited = edit_deal(deal_id=deal.id, version=version, details=details, **given(office, at=LATER))
    renamed = DealDetails(name="Order of May", amount_minor=90_000, currency="CNY")
    edit_deal(deal_id=deal.id, version=edited.version, details=renamed, **given(office, at=LATER))
    outbox.drain()
    assert sold(office) == ["900.00"]

    with inside(workspace_id=office.workspace.id):
        assert Sale.objects.filter(deal_id=deal.id).count() == 2
    assert broken() == []


def test_what_is_heard_in_another_order_comes_to_the_same() -> None:
    office = signed_up()
    details = DealDetails(name="Order", amount_minor=120_000, currency="CNY")
    deal = create_deal(details=details, stage_id=stage(office, Category.WON), **given(office))
    move_deal(deal_id=deal.id, stage_id=stage(office, Category.OPEN), **given(office, at=LATER))
    rows = outbox.OutboxEvent.objects.filter(account_id=office.account.id, status="waiting")
    outbox.drain(only=list(rows.filter(name="crm.sale_taken_back").values_list("id", flat=True)))
    outbox.drain()

    assert sold(office) == []
    assert broken() == []


def test_a_deal_without_value_counts_from_the_moment_it_has_one() -> None:
    office = signed_up()
    deal = won(office, amount="0")
    assert sold(office) == []

    details = DealDetails(name="Order", amount_minor=5_000, currency="CNY")
    edit_deal(deal_id=deal.id, version=deal.version, details=details, **given(office, at=LATER))
    outbox.drain()

    assert sold(office) == ["50.00"]


def test_a_deal_in_another_currency_counts_for_nobody_and_is_told_to_the_inbox() -> None:
    office = signed_up()
    deal = won(office, currency="USD")

    told = UnmatchedEvent.objects.get(account_id=office.account.id)
    assert (told.why, told.value, told.settled_at) == ("other_currency", Decimal(1200), None)
    assert sold(office) == []
    assert broken() == []

    move_deal(deal_id=deal.id, stage_id=stage(office, Category.OPEN), **given(office, at=LATER))
    outbox.drain()
    told.refresh_from_db()
    assert told.outcome == "dismissed"
    assert broken() == []


def test_sales_are_kept_under_a_plan_that_takes_no_share_and_not_shown_as_billed(client: Client) -> None:
    office = make_office(name="Lianhua")
    version = make_version()
    make_meter("sales", seller=version.plan.seller)
    make_subscription(account=office.account, version=publish_row(version))
    outbox.drain()

    won(office)

    assert sold(office) == ["1200.00"]
    details = DealDetails(name="Today", amount_minor=5_000, currency="CNY")
    create_deal(details=details, **given(office, at=clock.now()), stage_id=stage(office, Category.WON))
    outbox.drain()
    enter(client, office.member)
    assert "/my/usage/sales/" not in client.get("/my/usage/").content.decode()
    assert "sales" not in client.get("/my/usage/csv/").content.decode()


def test_what_an_import_brings_in_as_won_was_won_elsewhere() -> None:
    office = signed_up()
    text = b"Deal,Stage,Amount,Currency\nOld order,Won,5000,CNY\n"
    batch = take_files(uploads=[("deals.csv", text)], batch_id=None, workspace=office.workspace, by=office.by, at=AT)
    started = start_import(workspace=office.workspace, batch_id=batch.id, by=office.by, at=AT)
    assert started.job_id is not None
    jobs.run_to_end(job_id=started.job_id, at=AT)
    outbox.drain()
    with inside(workspace_id=office.workspace.id):
        deal = Deal.objects.get()
        assert deal.status == Category.WON
        first = Stage.objects.get(pk=deal.stage_id)
        delivered = Stage.objects.create(
            workspace_id=office.workspace.id, pipeline_id=first.pipeline_id, name="Delivered", category=Category.WON,
            position=99, probability=100,
        )  # fmt: skip
    assert sold(office) == []

    move_deal(deal_id=deal.id, stage_id=delivered.id, **given(office, at=LATER))
    outbox.drain()
    assert sold(office) == []


def test_the_account_sees_which_deals_counted_and_what_did_not(client: Client) -> None:
    office = make_office(name="Lianhua")
    make_metered_subscription("sales", account=office.account)
    at = clock.now()
    details = DealDetails(name="Spring order", amount_minor=120_000, currency="CNY")
    made = given(office, at=at) | {"stage_id": stage(office, Category.WON)}
    deal = create_deal(details=details, **made)
    create_deal(details=DealDetails(name="Export", amount_minor=300_000, currency="USD"), **made)
    outbox.drain()
    enter(client, office.member)

    day = at.astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    shown = client.get(f"/my/usage/sales/{day}/").content.decode()
    assert "Spring order" in shown
    assert f"/crm/deals/{deal.id}/" in shown
    usage = client.get("/my/usage/").content.decode()
    assert "/my/usage/sales/" in usage
    assert "Won in another currency" in usage
    assert "3,000.00" in usage

    told = NewEvent("till-7", SALES.name, at, Decimal(40))
    record_usage(account_id=office.account.id, source="till", events=[told], by=office.by, at=at)
    beside = client.get(f"/my/usage/sales/{day}/")  # what no deal stands behind is told by other systems
    assert beside.status_code == 200
    assert "Spring order" in beside.content.decode()

    ours = Actor(kind="person", user_id=new_id(), account_id=new_id(), portal="provider", role="owner")
    assert deals_by_name(account_id=office.account.id, items=[str(deal.id)], by=ours) == {}
