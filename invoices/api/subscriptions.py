"""Subscriptions for machines: who has what, since when, until when, and what was opened of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from invoices.queries.acting import acts_of, quantities_at
from plans.models import PendingChange, Period, Subscription
from plans.queries.standing import (
    Served,
    access_subscription_by_key,
    served,
    subscriptions_open_to_key,
)
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Page, PageAsked, page_of, scope

router = Router(tags=["Subscriptions"])


class PlannedShown(Answer):
    """What was chosen for later."""

    act: Annotated[str, Field(description=N_("`start`, `change_plan` or `cancel`."), examples=["change_plan"])]
    due_at: datetime
    version_id: Annotated[UUID | None, Field(description=N_("The version that it changes to."))]

    @classmethod
    def of(cls, change: PendingChange) -> PlannedShown:
        return cls(act=change.verb, due_at=change.due_at, version_id=change.version_id)


class SubscriptionShown(Answer):
    """One plan of one account over time."""

    id: UUID
    account_id: UUID
    code: Annotated[str, Field(description=N_("Its name within the account."), examples=["main"])]
    status: Annotated[str, Field(description=N_("`scheduled`, `active`, `paused` or `ended`."), examples=["active"])]
    is_main: Annotated[bool, Field(description=N_("Whether the account’s access follows it."))]
    is_dormant: Annotated[bool, Field(description=N_("Whether it sleeps because nothing was paid."))]
    plan: Annotated[str, Field(description=N_("The code of the plan."), examples=["standard"])]
    version_id: UUID | None
    currency: Annotated[str, Field(examples=["CNY"])]
    time_zone: Annotated[str, Field(description=N_("Whose days its periods are."), examples=["Asia/Shanghai"])]
    pays: Annotated[str, Field(description=N_("`on_terms`, `automatic` or `prepaid`."), examples=["prepaid"])]
    started_at: datetime
    paid_until: Annotated[datetime | None, Field(description=N_("Prepaid: the first instant that is not paid."))]
    ends_at: Annotated[datetime | None, Field(description=N_("An end that was chosen or agreed on."))]
    ended_at: datetime | None
    next_due_at: Annotated[datetime | None, Field(description=N_("When something of it is billed next."))]
    planned: list[PlannedShown]

    @classmethod
    def of(cls, row: Subscription) -> SubscriptionShown:
        return cls(**_facts(served(row)))


class SubscriptionWithActs(SubscriptionShown):
    """A subscription with its numbers, and what can be done to it now."""

    quantities: Annotated[
        dict[str, str],
        Field(description=N_("How many units of each charge are sold by number."), examples=[{"desk": "3"}]),
    ]
    acts: Annotated[list[str], Field(description=N_("What this key may do to it now."), examples=[["plan", "cancel"]])]


class SubscriptionsAsked(PageAsked):
    """Which subscriptions."""

    account_id: Annotated[UUID | None, Field(description=N_("Only those of this account."))] = None
    status: Annotated[
        Literal["", "scheduled", "active", "paused", "ended"], Field(description=N_("Only those that stand so."))
    ] = ""


class PeriodShown(Answer):
    """A span of one charge that was opened and billed: from `start` until before `end`."""

    charge: Annotated[str, Field(examples=["base"])]
    start: Annotated[date, Field(description=N_("The first day."))]
    end: Annotated[date, Field(description=N_("The day after the last one."))]
    starts_at: datetime
    ends_at: datetime
    units: Annotated[str, Field(description=N_("The highest number that was billed in it."), examples=["3"])]
    due_at: Annotated[datetime, Field(description=N_("When it was due to be billed."))]

    @classmethod
    def of(cls, period: Period) -> PeriodShown:
        return cls(
            charge=period.charge_code,
            start=period.start_on,
            end=period.end_on,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            units=f"{period.units.normalize():f}",
            due_at=period.settled_at,
        )


def _facts(one: Served) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.id,
        "account_id": row.account_id,
        "code": row.code,
        "status": row.status,
        "is_main": row.is_main,
        "is_dormant": one.is_dormant,
        "plan": one.plan.code if one.plan else "",
        "version_id": one.version.id if one.version else None,
        "currency": row.currency,
        "time_zone": row.time_zone,
        "pays": row.pays,
        "started_at": row.started_at,
        "paid_until": row.paid_until,
        "ends_at": one.ends_at,
        "ended_at": row.ended_at,
        "next_due_at": row.next_due_at,
        "planned": [PlannedShown.of(change) for change in one.pending],
    }


@router.get(
    "/subscriptions",
    response=Page[SubscriptionShown],
    operation_id="list_subscriptions",
    summary=N_("List subscriptions"),
    description=N_("Newest first. The provider's key reads all subscriptions, a subscriber's its own."),
)
@scope("subscriptions:read")
def list_subscriptions(
    request: HttpRequest, response: HttpResponse, asked: Query[SubscriptionsAsked]
) -> dict[str, Any]:
    rows = subscriptions_open_to_key(actor_of(request))
    if asked.account_id is not None:
        rows = rows.filter(account_id=asked.account_id)
    if asked.status:
        rows = rows.filter(status=asked.status)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=("-id",),  # ids are made in the order of time
        shape=SubscriptionShown.of,
        filters={"account_id": str(asked.account_id or ""), "status": asked.status},
    )


@router.get(
    "/subscriptions/{subscription_id}",
    response=SubscriptionWithActs,
    operation_id="read_subscription",
    summary=N_("Read a subscription"),
    description=N_("One subscription: how it stands, what was chosen for later, and what can be done to it."),
)
@scope("subscriptions:read")
def read_subscription(request: HttpRequest, subscription_id: UUID) -> SubscriptionWithActs:
    by = actor_of(request)
    one = access_subscription_by_key(by=by, subscription_id=subscription_id)
    at = clock.now_for(test_clock_at=one.row.account.test_clock_at)
    quantities = {code: f"{units.normalize():f}" for code, units in quantities_at(one, at=at).items()}
    acts: list[str] = list(acts_of(one, is_operator=by.portal == "provider"))
    return SubscriptionWithActs(**_facts(one), quantities=quantities, acts=acts)


@router.get(
    "/subscriptions/{subscription_id}/periods",
    response=Page[PeriodShown],
    operation_id="list_periods",
    summary=N_("List the periods of a subscription"),
    description=N_("What was opened and billed, newest first."),
)
@scope("subscriptions:read")
def list_periods(
    request: HttpRequest, response: HttpResponse, subscription_id: UUID, asked: Query[PageAsked]
) -> dict[str, Any]:
    one = access_subscription_by_key(by=actor_of(request), subscription_id=subscription_id)
    rows = Period.objects.filter(subscription=one.row)
    return page_of(
        rows, request=request, response=response, asked=asked, order=("-start_on", "-id"), shape=PeriodShown.of
    )
