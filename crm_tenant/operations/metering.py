"""What happens in workspaces is told to the meters: seats and customer records, each change once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from crm_tenant.queries.desk import open_seats, workspace_of
from crm_tenant.queries.metering import counted_records, records_on_their_way
from plans.errors import UnknownMeter
from plans.operations.usage import NewEvent, record_usage, take_back_usage
from plans.rules.usage import CURRENCY, SALES
from provider.kernel.actor import SYSTEM
from provider.kernel.money import Money
from provider.kernel.tenancy import inside

logger = logging.getLogger(__name__)

SOURCE: Final = "crm"


def count_usage(
    *, account_id: UUID, usage_id: UUID | str, meter: str, at: datetime, item: str = "", difference: int = 1
) -> None:
    """Tell a meter that there are so many more, or fewer where `difference` is negative."""
    event = NewEvent(
        id=str(usage_id),
        meter=meter,
        at=at,
        value=Decimal(abs(difference)),
        item=item,
        is_removal=difference < 0,
    )
    _tell(account_id=account_id, events=[event], at=at)


def count_opening(*, account_id: UUID, at: datetime) -> None:
    """Tell the levels as they stand when an account's access begins: what was there before counts from now on."""
    workspace = workspace_of(account_id)
    if workspace is None:
        return
    with inside(workspace_id=workspace.id):
        seats = open_seats()
    mark = f"opening:{at.isoformat()}"
    events = [NewEvent(id=f"{mark}:{seat.user_id}", meter="seats", at=at, item=str(seat.user_id)) for seat in seats]
    told = counted_records(account_id=account_id, source=SOURCE) + records_on_their_way(account_id=account_id)
    missing = workspace.record_count - told
    if missing:
        value = Decimal(abs(missing))
        events.append(NewEvent(id=f"{mark}:records", meter="records", at=at, value=value, is_removal=missing < 0))
    if events:
        _tell(account_id=account_id, events=events, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A won deal as the meter of sales is told of it."""

    usage_id: UUID
    deal_id: UUID
    amount: Money


def count_sale(*, account_id: UUID, sale: Sold, at: datetime) -> None:
    """Count the value of a won deal, in major units; its currency says for whom it counts. `at`: when it was won."""
    event = NewEvent(
        id=str(sale.usage_id),
        meter=SALES,
        at=at,
        value=sale.amount.amount,
        item=str(sale.deal_id),
        properties={CURRENCY: sale.amount.currency},
    )
    _tell(account_id=account_id, events=[event], at=at)


def take_back_sale(*, account_id: UUID, sale: Sold, counted_at: datetime, reason: str, at: datetime) -> None:
    """Have a sale count no more. It is told first, in case that this is heard before the sale itself."""
    with transaction.atomic():
        count_sale(account_id=account_id, sale=sale, at=counted_at)
        take_back_usage(
            account_id=account_id, source=SOURCE, event_id=str(sale.usage_id), reason=reason, by=SYSTEM, at=at
        )


def _tell(*, account_id: UUID, events: list[NewEvent], at: datetime) -> None:
    """Where no seller has the meter yet, nobody counts: the level is told when a subscription begins."""
    try:
        record_usage(account_id=account_id, source=SOURCE, events=events, by=SYSTEM, at=at)
    except UnknownMeter:
        logger.info("Nobody counts %s for account %s yet", events[0].meter, account_id)
