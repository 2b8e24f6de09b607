"""Workspaces: opened, and the seats in them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from crm_tenant.errors import OwnSeat, SeatsFull
from crm_tenant.events import SeatFreed, SeatTaken, WorkspaceOpened
from crm_tenant.models import Pipeline, Salesperson, Seat, Stage, Workspace
from crm_tenant.queries.desk import workspace_of
from crm_tenant.queries.seats import room_for, seats_of
from crm_tenant.rules.pipelines import FIRST_STAGES, pipeline_name
from crm_tenant.rules.texts import match_key
from provider.accounts.models import Account, Portal, User
from provider.kernel import audit, outbox, together
from provider.kernel.actor import Actor
from provider.kernel.ids import new_id
from provider.kernel.tenancy import inside


def open_workspace(*, account_id: UUID, by: Actor, at: datetime) -> Workspace:
    """The workspace of an account, made with its first pipeline if there is none; twice is once."""
    with transaction.atomic():
        account = (
            Account.objects.select_for_update(no_key=True, of=("self",)).select_related("region").get(pk=account_id)
        )
        known = Workspace.objects.filter(account_id=account_id).first()
        if known is not None:
            return known

        workspace = Workspace.objects.create(
            account_id=account.id,
            region_code=account.region_id or "",
            cell=account.region.cell if account.region else "default",
            name=account.name,
            language=account.language,
            currency=account.currency,
            opened_at=at,
        )
        with inside(workspace_id=workspace.id):
            _make_first_pipeline(workspace, at=at)
            outbox.publish(WorkspaceOpened(account_id=account.id, workspace_id=workspace.id), at=at)

        audit.record(
            by=by, verb="workspace.opened", subject_kind="workspace", subject_id=workspace.id, account_id=account.id,
            at=at, after={"region": workspace.region_code, "language": workspace.language},
        )  # fmt: skip
        return workspace


def take_seat(*, workspace_id: UUID, user_id: UUID, name: str, by: Actor, at: datetime) -> Seat:
    """Enable a member in the CRM, if the plan has room. One who has a seat keeps it; who comes back gets their name and
    deals back.
    """
    with inside(workspace_id=workspace_id):
        workspace = Workspace.objects.select_for_update().get(pk=workspace_id)
        known: Seat | None = Seat.objects.filter(user_id=user_id, ended_at=None).first()
        if known is not None:
            return known
        room = room_for(account_id=workspace.account_id, taken=Seat.objects.filter(ended_at=None).count())
        if room.is_full:
            raise SeatsFull(limit=room.limit)

        seat = Seat(workspace_id=workspace_id, user_id=user_id, began_at=at)
        together.insert(seat)
        _name_salesperson(workspace_id=workspace_id, user_id=user_id, name=name, at=at)

        audit.record(
            by=by, verb="seat.taken", subject_kind="user", subject_id=user_id, account_id=workspace.account_id, at=at
        )
        outbox.publish(SeatTaken(account_id=workspace.account_id, usage_id=new_id(), user_id=user_id), at=at)
        return seat


def check_seat_is_left(*, account_id: UUID, portal: str, at: datetime) -> None:
    """Refuse one more invitation where the plan stops at its seats; each open one has a seat promised."""
    workspace = workspace_of(account_id)
    if portal != Portal.SUBSCRIBER or workspace is None:
        return
    with inside(workspace_id=workspace.id):
        promised = seats_of(account_id=account_id, at=at).promised
    if promised.is_full:
        raise SeatsFull(limit=promised.limit)


def seat_member(*, account_id: UUID, user_id: UUID, by: Actor, at: datetime) -> Seat | None:
    """Give somebody who joined an account their first seat; one that was taken away is not given back by this."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return None
    workspace = open_workspace(account_id=account_id, by=by, at=at)
    with inside(workspace_id=workspace.id):
        if Seat.objects.filter(user_id=user_id).exists():
            return None
        try:
            return take_seat(workspace_id=workspace.id, user_id=user_id, name=str(user), by=by, at=at)
        except SeatsFull:
            return None  # the page of seats shows them without one, and the CRM tells them why


def free_seat(*, workspace_id: UUID, user_id: UUID, by: Actor, at: datetime) -> Seat | None:
    """Take a member's seat away; their name stays on their deals. Nothing happens where there is none."""
    if by.user_id == user_id:
        raise OwnSeat()
    with inside(workspace_id=workspace_id):
        workspace = Workspace.objects.select_for_update().get(pk=workspace_id)
        seat: Seat | None = Seat.objects.filter(user_id=user_id, ended_at=None).first()
        if seat is None:
            return None

        seat.ended_at = max(at, seat.began_at)
        seat.save(update_fields=["ended_at"])
        Salesperson.objects.filter(user_id=user_id).update(archived_at=at)

        audit.record(
            by=by, verb="seat.freed", subject_kind="user", subject_id=user_id, account_id=workspace.account_id, at=at
        )
        outbox.publish(SeatFreed(account_id=workspace.account_id, usage_id=new_id(), user_id=user_id), at=at)
        return seat


def _make_first_pipeline(workspace: Workspace, *, at: datetime) -> None:
    pipeline = Pipeline.objects.create(
        workspace_id=workspace.id, name=pipeline_name(workspace.language), position=1, created_at=at
    )
    Stage.objects.bulk_create(
        Stage(
            workspace_id=workspace.id,
            pipeline=pipeline,
            name=stage.name(workspace.language),
            position=position,
            category=stage.category,
            probability=stage.probability,
            age_limit_days=stage.age_limit_days,
        )
        for position, stage in enumerate(FIRST_STAGES, start=1)
    )


def _name_salesperson(*, workspace_id: UUID, user_id: UUID, name: str, at: datetime) -> None:
    known = Salesperson.objects.filter(user_id=user_id).first()
    if known is not None:
        known.archived_at = None
        known.save(update_fields=["archived_at"])
        return
    newcomer = Salesperson(
        workspace_id=workspace_id, name=name, match_key=match_key(name), user_id=user_id, created_at=at
    )
    together.insert(newcomer)
