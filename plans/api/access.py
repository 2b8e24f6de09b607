"""What an account may use, and until when, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from plans.queries.access import access_of
from plans.queries.entitlements import entitlements_of
from plans.queries.limits import limits_of
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, scope

router = Router(tags=["Subscriptions"])


class AllowedShown(Answer):
    """A module that is on, or a limit."""

    feature: Annotated[str, Field(examples=["seats"])]
    limit: Annotated[int | None, Field(description=N_("Null: without limit."), examples=[10])]
    stops_at_limit: Annotated[bool, Field(description=N_("Whether more is refused; else it is noticed and goes on."))]
    used: Annotated[
        str | None,
        Field(description=N_("Of what is metered: how much of the limit is used; null otherwise."), examples=["7"]),
    ]


class AccessShown(Answer):
    """Whether an account may work, since and until when, and what its plan allows."""

    account_id: UUID
    state: Annotated[
        str,
        Field(
            description=N_("`trial`, `active`, `grace` or `dormant`; empty where there never was a subscription."),
            examples=["active"],
        ),
    ]
    may_work: Annotated[bool, Field(description=N_("Whether the CRM is open."))]
    since: datetime | None
    until: Annotated[datetime | None, Field(description=N_("When it ends if nobody does anything; null: open."))]
    paid_until: datetime | None
    allowed: list[AllowedShown]


@router.get(
    "/accounts/{account_id}/access",
    response=AccessShown,
    operation_id="read_access",
    summary=N_("Read what an account may use"),
    description=N_("Its access now, and what the plan of its main subscription allows, with how much of it is used."),
)
@scope("subscriptions:read")
def read_access(request: HttpRequest, account_id: UUID) -> AccessShown:
    account = access_account_by_key(by=actor_of(request), account_id=account_id)
    access = access_of(account_id=account.id)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    uses = [one for one in limits_of(account=account, at=at) if one.subscription.is_main]
    used = {one.meter.code: f"{one.used.normalize():f}" for one in uses}
    return AccessShown(
        account_id=account.id,
        state=access.state,
        may_work=access.may_work,
        since=access.since,
        until=access.until,
        paid_until=access.paid_until,
        allowed=[
            AllowedShown(
                feature=feature, limit=allowed.limit, stops_at_limit=allowed.stops_at_limit, used=used.get(feature)
            )
            for feature, allowed in sorted(entitlements_of(account_id=account.id).items())
        ],
    )
