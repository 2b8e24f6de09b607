"""What the CRM does about what happened elsewhere, and what it tells the meters."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from crm_tenant.events import CustomerRecordsChanged, SaleCounted, SaleTakenBack, SeatFreed, SeatTaken
from crm_tenant.operations.metering import Sold, count_opening, count_sale, count_usage, take_back_sale
from crm_tenant.operations.workspaces import check_seat_is_left, free_seat, seat_member
from crm_tenant.queries.desk import workspace_of
from plans.events import AccessChanged
from provider.accounts.events import MemberJoined, MemberRemoved
from provider.accounts.models import Portal
from provider.accounts.operations.team import guard_invitations
from provider.kernel import outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.events import Event
from provider.kernel.money import Money


def connect() -> None:
    """Called once, when the application starts."""
    guard_invitations(check_seat_is_left)
    outbox.on(MemberJoined, seat_who_joined)
    outbox.on(MemberRemoved, unseat_who_left)
    outbox.on(SeatTaken, meter_seat_taken)
    outbox.on(SeatFreed, meter_seat_freed)
    outbox.on(CustomerRecordsChanged, meter_records)
    outbox.on(SaleCounted, meter_sale)
    outbox.on(SaleTakenBack, meter_sale_taken_back)
    outbox.on(AccessChanged, meter_opening)


def seat_who_joined(event: MemberJoined, *, at: datetime) -> None:
    """Whoever joins a subscriber's account gets a seat in its CRM, which is opened with the first of them."""
    if event.portal == Portal.SUBSCRIBER:
        seat_member(account_id=account_of(event), user_id=event.user_id, by=SYSTEM, at=at)


def unseat_who_left(event: MemberRemoved, *, at: datetime) -> None:
    """Whoever leaves frees the seat; their name stays on their deals."""
    workspace = workspace_of(event.account_id)
    if workspace is not None and event.portal == Portal.SUBSCRIBER:
        free_seat(workspace_id=workspace.id, user_id=event.user_id, by=SYSTEM, at=at)


def meter_seat_taken(event: SeatTaken, *, at: datetime) -> None:
    """One seat more, from the instant on which it began."""
    count_usage(account_id=account_of(event), usage_id=event.usage_id, meter="seats", item=str(event.user_id), at=at)


def meter_seat_freed(event: SeatFreed, *, at: datetime) -> None:
    """One seat fewer."""
    count_usage(
        account_id=account_of(event), usage_id=event.usage_id, meter="seats", item=str(event.user_id), difference=-1,
        at=at,
    )  # fmt: skip


def meter_records(event: CustomerRecordsChanged, *, at: datetime) -> None:
    """So many customer records more or fewer."""
    count_usage(
        account_id=account_of(event), usage_id=event.usage_id, meter="records", difference=event.difference, at=at
    )


def meter_sale(event: SaleCounted, *, at: datetime) -> None:
    """A deal was won: its value, as of that moment."""
    count_sale(account_id=account_of(event), sale=_sold(event), at=at)


def meter_sale_taken_back(event: SaleTakenBack, *, at: datetime) -> None:
    """What was counted of a deal is as if it had never been."""
    take_back_sale(
        account_id=account_of(event), sale=_sold(event), counted_at=event.counted_at, reason=event.reason, at=at
    )


def _sold(event: SaleCounted | SaleTakenBack) -> Sold:
    return Sold(usage_id=event.usage_id, deal_id=event.deal_id, amount=Money(event.amount_minor, event.currency))


def meter_opening(event: AccessChanged, *, at: datetime) -> None:
    """With an account's first access its levels are told: seats and records may have been there before."""
    if not event.before:
        count_opening(account_id=account_of(event), at=at)


def account_of(event: Event) -> UUID:
    """Whose event it is; these always are somebody's."""
    assert event.account_id is not None, event
    return event.account_id
