"""A workspace with somebody in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client

from crm_tenant.models import Salesperson, Stage, Workspace
from crm_tenant.operations.workspaces import open_workspace, take_seat
from crm_tenant.queries.desk import seated, usual_stages
from provider.accounts.models import Account, Membership
from provider.kernel.actor import Actor
from provider.kernel.tenancy import inside
from tests.console.conftest import enter
from tests.factories import AT, make_account, make_member, make_user
from tests.plans.factories import open_access


@dataclass(slots=True, kw_only=True)
class Office:
    """An account, its workspace, and one rep at their desk."""

    account: Account
    workspace: Workspace
    member: Membership
    by: Actor
    me: Salesperson
    stages: dict[str, Stage]

    @property
    def id(self) -> object:
        return self.workspace.id


def make_office(*, name: str = "", role: str = "owner", rep: str = "Mei Lin", **facts: object) -> Office:
    """A fresh office."""
    account = make_account(name=name, **facts)
    open_access(account)
    member = make_member(account=account, portal="subscriber", role=role, user=make_user(name=rep))
    by = Actor(kind="person", user_id=member.user_id, account_id=account.id, portal="subscriber", role=role)
    workspace = open_workspace(account_id=account.id, by=by, at=AT)
    take_seat(workspace_id=workspace.id, user_id=member.user_id, name=rep, by=by, at=AT)
    with inside(workspace_id=workspace.id):
        me, stages = seated(member.user_id), {stage.name: stage for stage in usual_stages()}
    assert me is not None
    return Office(account=account, workspace=workspace, member=member, by=by, me=me, stages=stages)


@pytest.fixture
def office(db: None) -> Office:
    """An office, seen from outside."""
    return make_office(name="Huacheng Sales")


@pytest.fixture
def at_work(office: Office) -> Iterator[Office]:
    """The office, from inside of its workspace."""
    with inside(workspace_id=office.workspace.id):
        yield office


@pytest.fixture
def rep(client: Client, office: Office) -> Client:
    """A browser of the rep's."""
    enter(client, office.member)
    return client
