"""A card wakes a dormant account: its CRM is back at once, with every record, seat and setting as it was."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from crm_tenant.models import Workspace
from crm_tenant.operations.made_up import fill_with_made_up
from crm_tenant.operations.workspaces import open_workspace, seat_member
from invoices.operations.billing import bill_account
from plans.models import Entitlement
from plans.queries.access import access_of
from provider.accounts.models import Account, Membership
from provider.kernel import outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.tenancy import inside
from provider.workshop.stories.stage import Stage
from tests.console.conftest import enter
from tests.factories import AT, make_member
from tests.prepaid_cards.redeeming import use

from .test_redemption import a_card, stage

__all__ = ["stage"]

pytestmark = pytest.mark.django_db
WAKES_WITHIN_SECONDS = 5  # DESIGN: from redemption to a working CRM


def everything_of(account: Account) -> dict[str, list[Any]]:
    """Every row of the account's workspace and whatever says who may work in it, field by field."""
    workspace = Workspace.objects.get(account_id=account.id)
    mine = {"Account": Account.objects.filter(pk=account.id), "Membership": Membership.objects.filter(account=account)}
    found = {name: list(rows.order_by("pk").values()) for name, rows in mine.items()}
    for row in found["Membership"]:
        row.pop("last_seen_at")  # who looked is no part of what is kept
    found["Entitlement"] = list(Entitlement.objects.order_by("pk").values())
    with inside(workspace_id=workspace.id):
        for model in apps.get_app_config("crm_tenant").get_models():
            found[model.__name__] = list(model._default_manager.order_by("pk").values())
    return found


def test_the_crm_is_back_within_seconds_with_every_record_seat_and_setting(stage: Stage, client: Client) -> None:
    owner = make_member(account=stage.account, portal="subscriber", role="owner")
    rep = make_member(account=stage.account, portal="subscriber", role="member")
    workspace = open_workspace(account_id=stage.account.id, by=SYSTEM, at=AT)
    Workspace.objects.update(settings={"week_begins": "monday"})
    for member in (owner, rep):
        seat_member(account_id=stage.account.id, user_id=member.user_id, by=SYSTEM, at=AT)
    fill_with_made_up(workspace=workspace, deals=600, by=SYSTEM, at=AT)
    outbox.drain()
    before = everything_of(stage.account)
    assert all(before[name] for name in ("Company", "Person", "Deal", "Task", "Activity", "StageMove", "Seat", "Stage"))

    lapsed = AT + timedelta(days=30)
    bill_account(account_id=stage.account.id, at=lapsed, by=SYSTEM)
    outbox.drain()
    enter(client, rep)
    assert access_of(account_id=stage.account.id).state == "dormant"
    assert client.get("/crm/deals/").status_code == 402
    assert client.post("/crm/companies/new/", {"name": "Late"}).status_code == 402
    assert everything_of(stage.account) == before, "dormancy touches nothing"

    _card, code = a_card(stage, months=1)
    began = time.perf_counter()
    use(code, account_id=stage.account.id, at=lapsed)
    board = client.get("/crm/deals/")
    took = time.perf_counter() - began

    assert board.status_code == 200
    assert took < WAKES_WITHIN_SECONDS
    outbox.drain()
    assert everything_of(stage.account) == before, "and neither does waking"
