"""What stands behind figures of usage, for machines: the events themselves, and who uses most of a meter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from plans.models import Meter, UsageEvent
from plans.queries.catalogue import seller_of_key
from plans.queries.corrections import taken_back
from plans.queries.explorer import events_of, subscriptions_that_count
from plans.queries.meters import access_meter
from plans.queries.volume import AccountUse, use_by_account
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.clock import first_instant, local_day
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Page, PageAsked, page_of, scope

from .days import EndDay, FirstDay, OfDays, days_asked

router = Router(tags=["Usage"])


# --- Events ---


class EventsAsked(OfDays, PageAsked):
    """Whose events, and when they happened."""


class EventRead(Answer):
    """One thing that happened, as it was told."""

    id: Annotated[str, Field(description=N_("The sender’s own name for it."), examples=["call-20261122-0417"])]
    source: Annotated[str, Field(examples=["switch-1"])]
    meter: Annotated[str, Field(examples=["calls"])]
    subscription_id: UUID
    at: Annotated[datetime, Field(description=N_("When it happened."))]
    value: Annotated[str, Field(examples=["2.5"])]
    item: str
    is_removal: bool
    properties: dict[str, Any] | None
    is_corrected: Annotated[
        bool, Field(description=N_("Taken back, or what takes another one back: neither is counted."))
    ]
    received_at: datetime


def _shape(account_id: UUID) -> Callable[[UsageEvent], EventRead]:
    codes = dict(Meter.objects.values_list("id", "code"))
    undone = set(taken_back(account_id=account_id))

    def shape(row: UsageEvent) -> EventRead:
        return EventRead(
            id=row.event_id,
            source=row.source,
            meter=codes[row.meter_id],
            subscription_id=row.subscription_id,
            at=row.at,
            value=f"{row.value.normalize():f}",
            item=row.item,
            is_removal=row.is_removal,
            properties=row.properties,
            is_corrected=row.id in undone,
            received_at=row.received_at,
        )

    return shape


@router.get(
    "/usage/events",
    response=Page[EventRead],
    operation_id="list_usage_events",
    summary=N_("List the events behind usage"),
    description=N_("Those that count for a subscription of the account, the latest first. At most 366 days at once."),
)
@scope("usage:read")
def list_usage_events(request: HttpRequest, response: HttpResponse, asked: Query[EventsAsked]) -> dict[str, Any]:
    by = actor_of(request)
    account = access_account_by_key(by=by, account_id=asked.account_id or by.account_id)
    first = subscriptions_that_count(account_id=account.id).first()
    zone = ZoneInfo(first.time_zone if first else account.time_zone)
    today = local_day(at=clock.now_for(test_clock_at=account.test_clock_at), zone=zone)
    start, end = days_asked(asked.start, asked.end, today=today)
    rows = events_of(
        account_id=account.id,
        meter_ids=list(Meter.objects.filter(code=asked.meter).values_list("id", flat=True)) if asked.meter else None,
        since=first_instant(day=start, zone=zone),
        until=first_instant(day=end, zone=zone),
    )
    return page_of(
        rows, request=request, response=response, asked=asked, order=("-at", "-id"), shape=_shape(account.id),
        filters={
            "account_id": str(asked.account_id or ""), "meter": asked.meter,
            "start": start.isoformat(), "end": end.isoformat(),
        },
    )  # fmt: skip


# --- Who uses most ---


class UseAsked(BaseModel):
    """When."""

    start: FirstDay = None
    end: EndDay = None


class UseShown(Answer):
    """What one account used of a meter."""

    account_id: UUID
    account: Annotated[str, Field(examples=["Hengtai Trading"])]
    events: Annotated[int, Field(examples=[12])]
    quantity: Annotated[
        str | None,
        Field(description=N_("Null where parts cannot be added up, as of distinct items."), examples=["1240"]),
    ]

    @classmethod
    def of(cls, use: AccountUse) -> UseShown:
        quantity = None if use.quantity is None else f"{use.quantity.normalize():f}"
        return cls(account_id=use.account.id, account=use.account.name, events=use.event_count, quantity=quantity)


class MeterUse(Answer):
    """Who uses most of a meter."""

    meter: Annotated[str, Field(examples=["calls"])]
    start: date
    end: Annotated[date, Field(description=N_("The day after the last one."))]
    accounts: list[UseShown]


@router.get(
    "/meters/{number}/use",
    response=MeterUse,
    operation_id="read_meter_use",
    summary=N_("Read who uses a meter"),
    description=N_("The hundred accounts with the most events of it, the busiest first; for the provider."),
)
@scope("usage:read")
def read_meter_use(request: HttpRequest, number: int, asked: Query[UseAsked]) -> MeterUse:
    meter = access_meter(seller_id=seller_of_key(actor_of(request)), meter_id=number)
    today = local_day(at=clock.now(), zone=ZoneInfo(meter.seller.time_zone))
    start, end = days_asked(asked.start, asked.end, today=today)
    found = [UseShown.of(use) for use in use_by_account(meter=meter, start=start, end=end)]
    return MeterUse(meter=meter.code, start=start, end=end, accounts=found)
