"""What happened in workspaces, as far as others must know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from provider.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceOpened(Event):
    name: ClassVar[str] = "crm.workspace_opened"
    workspace_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTaken(Event):
    """A member is enabled in the CRM from now on; `usage_id` makes the meter count it once."""

    name: ClassVar[str] = "crm.seat_taken"
    usage_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatFreed(Event):
    name: ClassVar[str] = "crm.seat_freed"
    usage_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleCounted(Event):
    """A deal is won and counts as sold; `usage_id` makes the meter count it once."""

    name: ClassVar[str] = "crm.sale_counted"
    usage_id: UUID
    deal_id: UUID
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTakenBack(Event):
    """What was counted at `counted_at` counts no more; it says all of it again, for it may be heard first."""

    name: ClassVar[str] = "crm.sale_taken_back"
    usage_id: UUID
    deal_id: UUID
    amount_minor: int
    currency: str
    counted_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecordsChanged(Event):
    """There are `difference` customer records more, or fewer where it is negative; one event for mass work."""

    name: ClassVar[str] = "crm.customer_records_changed"
    usage_id: UUID
    difference: int
