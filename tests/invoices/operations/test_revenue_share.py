"""A share of what the customer won in the CRM: billed with the deals that stayed won, given back when one did not."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from crm_tenant.models import Category, Deal, Stage
from crm_tenant.operations.deals import DealDetails, create_deal, move_deal
from crm_tenant.operations.workspaces import open_workspace
from invoices.models import CreditNote, InvoiceLine
from invoices.operations import subscriptions
from invoices.operations.subscriptions import NewSubscription
from plans.rules import arithmetic
from plans.rules.explanation import explain
from plans.rules.story import read_story
from provider.kernel import outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.tenancy import inside
from provider.look.formats import sentence
from provider.workshop.stories.stage import set_stage

from .test_late_usage import assert_laws, bill

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
STORY = """\
story: A share of sales
timezone: Asia/Shanghai
currency: CNY
tax: "6"
meters: {sales: {aggregate: sum}}
plans:
  team:
    interval: month
    anchor: calendar
    bill: in_arrears
    charges: [{code: share, model: percentage, meter: sales, rate: "3"}]
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 10, tzinfo=ZONE)


def stages(workspace_id: UUID) -> dict[str, UUID]:
    with inside(workspace_id=workspace_id):
        return dict(Stage.objects.order_by("-position").values_list("category", "id"))


def test_what_was_won_is_billed_by_deal_and_given_back_when_it_is_opened_again() -> None:
    stage = set_stage(read_story(STORY))
    wish = NewSubscription(version_id=stage.versions["team"].id, code="main", starts_at=on(1, 1))
    subscriptions.start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=on(1, 1))
    workspace = open_workspace(account_id=stage.account.id, by=SYSTEM, at=on(1, 1))
    to = stages(workspace.id)

    def win(amount: int, *, at: datetime) -> Deal:
        details = DealDetails(name="Order", amount_minor=amount * 100, currency="CNY")
        return create_deal(
            workspace_id=workspace.id, details=details, stage_id=to[Category.WON], by=SYSTEM, at=at
        )  # fmt: skip

    first = win(10_000, at=on(1, 5))
    win(2_400, at=on(1, 20))
    outbox.drain()
    bill(stage, on(2, 1))

    line = InvoiceLine.objects.get()
    explained = explain(arithmetic.read(line.arithmetic))
    assert line.amount_minor == 372_00
    assert sentence(explained.brief) == "3% of 12,400.00 won in 2 deals"
    assert sentence(explained.brief, language="zh-hans") == "2 个赢单商机共 12,400.00 的 3%"

    move_deal(workspace_id=workspace.id, deal_id=first.id, stage_id=to[Category.OPEN], by=SYSTEM, at=on(2, 10))
    win(1_000, at=on(2, 11))
    outbox.drain()
    bill(stage, on(3, 1))

    note = CreditNote.objects.get()
    assert (note.cause, note.subtotal_minor) == ("corrected", 300_00)
    latest = InvoiceLine.objects.order_by("-id").first()
    assert latest is not None
    assert latest.amount_minor == 30_00
    assert sentence(explain(arithmetic.read(latest.arithmetic)).brief) == "3% of 1,000.00 won in one deal"
    assert_laws()

    bill(stage, on(3, 1) + timedelta(days=1))
    assert CreditNote.objects.count() == 1
